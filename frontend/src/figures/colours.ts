import type { Race, Standing } from './race'

/** How good a lap is, as timing screens colour it. */
export type Quality = 'fastest' | 'own-best' | 'slower' | 'unknown'

/** A shape for each colour, for those who do not see the colour. */
export const SHAPE: Record<Quality, string> = {
  fastest: '◆',
  'own-best': '▲',
  slower: '',
  unknown: '',
}

/** The last lap: purple if it is the best of all, green if the car's own best, else yellow. */
export function lastQuality(row: Standing, race: Race): Quality {
  if (row.last_ms === undefined) return 'unknown'
  if (race.fastest?.lap_ms !== undefined && row.last_ms <= race.fastest.lap_ms) return 'fastest'
  return row.best_ms !== undefined && row.last_ms <= row.best_ms ? 'own-best' : 'slower'
}

/** The best lap: purple for whoever holds the best of all; every other is just a figure. */
export function bestQuality(row: Standing, race: Race): Quality {
  return row.best_ms !== undefined && race.fastest?.car === row.car ? 'fastest' : 'unknown'
}

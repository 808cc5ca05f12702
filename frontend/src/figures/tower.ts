import type { Lap, Race, Standing } from './race'
import type { Rows } from '../client'

/** Laps of the leader's best pace without crossing the line after which a car is not moving. */
const STILL_LAPS = 5
/** What "recently" means for gained and lost places [laps]. */
export const RECENT_LAPS = 10

/** Order of the tower: by place, favourites first; cars without a place last. */
export function towerOrder(rows: Rows<Standing>, favourites: ReadonlySet<string>): Standing[] {
  const place = (row: Standing) => row.place ?? Infinity
  const pinned = (row: Standing) => (favourites.has(row.car) ? 0 : 1)
  return Object.values(rows).sort((a, b) => pinned(a) - pinned(b) || place(a) - place(b) || (a.car < b.car ? -1 : 1))
}

/** Has the car stopped moving: no crossing for several laps while the leader went on? */
export function isStill(row: Standing, leader: Standing | undefined): boolean {
  if (leader?.at_ms === undefined || leader.best_ms === undefined) return false
  if (row.at_ms === undefined) return (leader.laps ?? 0) > STILL_LAPS
  const patience = STILL_LAPS * leader.best_ms * (row.in_pit ? 2 : 1)
  return leader.at_ms - row.at_ms > patience
}

export type Status = '' | 'PIT' | 'IN' | 'OUT' | 'STILL'

/** Where the car is: in the pits, just in or just out by its last lap, not moving, or running. */
export function status(row: Standing, last: Lap | undefined, still: boolean): Status {
  if (still) return 'STILL'
  if (row.in_pit) return 'PIT'
  const mark = last?.[4] ?? ''
  if (mark.includes('o')) return 'OUT'
  return mark.includes('i') ? 'IN' : ''
}

/** Places gained (positive) since the grid; unknown without one. */
export function gainSinceGrid(row: Standing): number | undefined {
  return row.grid && row.place ? row.grid - row.place : undefined
}

/** Places gained over the last laps; unknown until the car has driven as many. */
export function gainRecently(row: Standing, laps: Rows<Lap> | undefined): number | undefined {
  const then = laps?.[String((row.laps ?? 0) - RECENT_LAPS)]?.[2]
  return then && row.place ? then - row.place : undefined
}

/** Share of the race run, 0 to 1; 0 while the length is unknown. */
export function progress(race: Race): number {
  return race.laps_total && race.lap ? Math.min(1, race.lap / race.laps_total) : 0
}

/** A race as it stood at an earlier lap: from the answer of `GET …/laps/<lap>` and what the page has. */

import type { Rows } from '../client'
import type { Past } from '../client/schema'
import type { Forecasts } from './forecast'
import type { Caution, Lap, Note, Race, Standing, Stint, Stop } from './race'

/** What the server says of a past lap; the standings come by column. */
export interface PastLap extends Past {
  forecasts: Forecasts
}

/** All that the page shows of a race; live, or cut at a lap. */
export interface Told {
  race: Race
  standings: Rows<Standing>
  cautions: Rows<Caution>
  notes: Rows<Note>
  laps: Record<string, Rows<Lap>>
  stops: Record<string, Rows<Stop>>
  stints: Record<string, Rows<Stint>>
}

/** The rows of the standings, who drives what taken from the live ones. */
export function standingsOf(past: PastLap, live: Rows<Standing>): Rows<Standing> {
  const { cars, ...columns } = past.standings
  return Object.fromEntries(
    cars.map((car, i) => {
      const { driver, make, grid } = live[car] ?? {}
      const own = Object.entries(columns).flatMap(([name, column]) => (column[i] == null ? [] : [[name, column[i]]]))
      const inPit = columns.in_pit?.[i]
      const known = Object.entries({ driver, make, grid }).filter(([, value]) => value !== undefined)
      return [
        car,
        {
          car,
          ...Object.fromEntries([...known, ...own]),
          ...(inPit != null && { in_pit: Boolean(inPit) }), // in a column of numbers it is 0 or 1
        } as Standing,
      ]
    }),
  )
}

/** Everything that had happened by then. What cannot be told of a past lap is unknown, not as it is now. */
export function cut(past: PastLap, live: Told): Told {
  const { lap, at_ms } = past
  const by = (at: number | undefined | null) => at != null && at <= at_ms
  const laps = mapped(live.laps, (rows) => kept(rows, (row) => by(row[0])))
  const cautions = Object.fromEntries(
    Object.entries(live.cautions)
      .filter(([, one]) => by(one.start_ms))
      .map(([key, one]) => [key, by(one.end_ms) ? one : stillOn(one)]),
  )
  return {
    race: raceOf(past, live.race, cautions, laps),
    standings: standingsOf(past, live.standings),
    cautions,
    notes: kept(live.notes, (note) => by(note.at_ms)),
    laps,
    stops: mapped(live.stops, (rows) => kept(rows, (stop) => by(stop.in_ms))),
    stints: mapped(live.stints, (rows) =>
      Object.fromEntries(
        Object.entries(rows)
          .filter(([, stint]) => stint.first_lap <= lap)
          .map(([key, stint]) => [key, (stint.last_lap ?? Infinity) <= lap ? stint : begun(stint, lap)]),
      ),
    ),
  }
}

function raceOf(past: PastLap, now: Race, cautions: Rows<Caution>, laps: Told['laps']): Race {
  const { name, series, track, laps_total, stages } = now
  const declared = Object.entries({ name, series, track, laps_total, stages }).filter(
    ([, value]) => value !== undefined,
  )
  const yellow = Object.values(cautions).map((one) => (one.last_lap ?? past.lap) - one.first_lap + 1)
  const leader = past.standings.cars[0]
  const fastest = fastestOf(laps)
  return {
    ...Object.fromEntries(declared),
    status: 'running',
    lap: past.lap,
    at_ms: past.at_ms,
    ...(past.flag && { flag: past.flag }),
    ...(leader !== undefined && { leader }),
    cautions: yellow.length,
    caution_laps: yellow.reduce((sum, one) => sum + one, 0),
    ...(fastest && { fastest }),
  }
}

function fastestOf(laps: Told['laps']): Race['fastest'] {
  let best: Race['fastest']
  for (const car in laps) {
    const rows = laps[car]!
    for (const lap in rows) {
      const lap_ms = rows[lap]![1]
      if (lap_ms !== null && lap_ms > 0 && lap_ms < (best?.lap_ms ?? Infinity)) best = { car, lap: Number(lap), lap_ms }
    }
  }
  return best
}

const stillOn = ({ first_lap, start_ms, flag, reason, comment }: Caution): Caution =>
  JSON.parse(JSON.stringify({ first_lap, start_ms, flag, reason, comment })) as Caution

const begun = ({ first_lap, tires }: Stint, lap: number): Stint => ({
  first_lap,
  laps: lap - first_lap + 1,
  ...(tires !== undefined && { tires }),
})

/** Plain loops: laps are tens of thousands of rows, and a slider asks for a cut several times a second. */
function kept<T>(rows: Rows<T>, is: (row: T) => boolean): Rows<T> {
  const found: Rows<T> = {}
  for (const key in rows) if (is(rows[key]!)) found[key] = rows[key]!
  return found
}

function mapped<T>(of: Record<string, Rows<T>>, change: (rows: Rows<T>) => Rows<T>): Record<string, Rows<T>> {
  const found: Record<string, Rows<T>> = {}
  for (const car in of) found[car] = change(of[car]!)
  return found
}

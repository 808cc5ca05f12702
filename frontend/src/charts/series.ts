import { quantileSorted } from 'd3-array'
import type { Rows } from '../client'
import type { Lap } from '../figures/race'

/** One value a lap, lap 1 first, as uPlot wants it; null where there is none, undefined where nobody has asked. */
export type Column = (number | null | undefined)[]

/** What a chart takes from a lap. */
export type Pick = (lap: Lap) => number | null

/** Time behind the leader [s]; the leader himself is at 0. */
export const toLeaderS: Pick = ([, , place, toLeader]) =>
  toLeader === null ? (place === 1 ? 0 : null) : toLeader / 1000

/** Lap time [s]; in-laps and out-laps are left out, they say nothing about pace. */
export const lapTimeS: Pick = ([, lapMs, , , mark]) => (lapMs === null || /[io]/.test(mark ?? '') ? null : lapMs / 1000)

/** The same of green laps alone: what a chart of lap times has to show well. */
export const greenLapS: Pick = (lap) => (lap[4]?.includes('g') ? lapTimeS(lap) : null)

/** The last known value; undefined if there is none. */
export function lastOf(column: Column): number | undefined {
  return column.findLast((value) => value != null) ?? undefined
}

/** 1, 2, … n. */
export function lapAxis(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}

/**
 * Columns of all cars, kept between redraws: a car whose laps did not change since, which
 * its rows tell by being the same object, is not read again.
 */
export class Columns {
  #kept = new Map<string, { rows: Rows<Lap>; n: number; column: Column }>()

  constructor(private readonly pick: Pick) {}

  of(car: string, rows: Rows<Lap>, n: number): Column {
    const kept = this.#kept.get(car)
    if (kept && kept.rows === rows && kept.n === n) return kept.column
    const column: Column = new Array<number | null>(n).fill(null)
    for (const key in rows) {
      const lap = Number(key)
      if (lap >= 1 && lap <= n) column[lap - 1] = this.pick(rows[key]!)
    }
    this.#kept.set(car, { rows, n, column })
    return column
  }
}

/**
 * The range that shows most values, from one quantile to another with a margin: a lap at
 * caution speed or a car an hour behind must not flatten everything else.
 */
export function rangeOf(
  columns: readonly Column[],
  from: number,
  low: number,
  high: number,
  least: number,
): [number, number] {
  const values = columns
    .flatMap((column) => column.slice(Math.max(0, from - 1)))
    .filter((value): value is number => value != null)
    .sort((a, b) => a - b)
  if (!values.length) return [0, least]
  const [bottom, top] = [quantileSorted(values, low)!, quantileSorted(values, high)!]
  const margin = Math.max((top - bottom) * 0.08, (least - (top - bottom)) / 2, 0)
  return [bottom - margin, top + margin]
}

/** Push labels apart that would overlap: positions in, positions out, same order of input. */
export function spread(wanted: readonly number[], distance: number, bottom: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!)
  const placed = [...wanted]
  let previous = -Infinity
  for (const i of order) previous = placed[i] = Math.max(wanted[i]!, previous + distance)
  let next = bottom + distance
  for (const i of order.toReversed()) next = placed[i] = Math.min(placed[i]!, next - distance)
  return placed
}

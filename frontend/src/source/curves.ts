/** Figures over time as lines: added up, as a share, beside what was known beforehand. */
import type { Rows } from '../client'
import { buckets, lengths } from './buckets'
import type { Series, Stat } from './declared'
import type { Choice } from './rows'
import type { Shown } from './layout'

export interface Point {
  /** Since the beginning [s]. */
  s: number
  value: number
}

/** A stat from the beginning of the page to now: each bucket at its end, the newest at now. */
export function curve(
  stat: Stat,
  rows: Rows,
  choice: Choice,
  { running, total }: Pick<Shown, 'running' | 'total'>,
  startS: number,
  nowS: number,
): Point[] {
  const length = lengths(stat).at(-1)! // the longest, of which the oldest buckets are kept longest
  const scale = total ? 100 / total : 1
  const points: Point[] = running ? [{ s: 0, value: 0 }] : []
  let sum = 0
  for (const { from, value } of buckets(stat, rows, choice, length, Infinity)) {
    if (from + length <= startS) continue
    sum += value
    points.push({ s: Math.min(from + length, Math.max(nowS, from)) - startS, value: (running ? sum : value) * scale })
  }
  return points
}

/** The value of a series at a time, between two in proportion; undefined outside. */
export function valueAt({ every_s, values }: Series, s: number): number | undefined {
  const place = s / every_s
  const low = Math.floor(place)
  const [a, b] = [values[low], values[Math.min(low + 1, values.length - 1)]]
  if (s < 0 || place > values.length - 1 || a === undefined || b === undefined) return undefined
  return a + (b - a) * (place - low)
}

/** Columns for a chart: all times at which any of them has a value, and each one's value there. */
export function columnsOf(own: readonly Point[], against: readonly Series[]): [number[], ...(number | null)[][]] {
  const times = new Set(own.map(({ s }) => s))
  for (const { every_s, values } of against) values.forEach((_, n) => times.add(n * every_s))
  const x = [...times].sort((a, b) => a - b)
  const known = new Map(own.map(({ s, value }) => [s, value]))
  return [x, x.map((s) => known.get(s) ?? null), ...against.map((one) => x.map((s) => valueAt(one, s) ?? null))]
}

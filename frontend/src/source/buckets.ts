/** Figures over time: the buckets of a timed stat, added up over the groups that are not chosen. */
import type { Rows } from '../client'
import type { Stat } from './declared'
import { isAt, isBelow, numbers, pathOf, type Choice } from './rows'

export interface Bucket {
  /** When it begins [s since 1970]. */
  from: number
  value: number
}

/** The newest buckets of one length, oldest first. */
export function buckets(stat: Stat, rows: Rows, choice: Choice, length: number, most: number): Bucket[] {
  if (stat.kind === 'window') return windows(stat, rows, choice).slice(-most)
  const depth = stat.by.length
  const sums = new Map<number, number>()
  for (const [key, row] of Object.entries(rows)) {
    if (!isAt(stat, key, depth + 2)) continue
    const path = pathOf(key, depth + 2)
    if (Number(path[depth]) !== length || typeof row !== 'number') continue
    if (!isBelow(stat.by, path, choice)) continue
    const from = Number(path[depth + 1]) * length
    sums.set(from, (sums.get(from) ?? 0) + row)
  }
  const all = [...sums].map(([from, value]) => ({ from, value })).sort((a, b) => a.from - b.from)
  return all.slice(-most)
}

/** Closed windows; those that only have lists are drawn by how many entries they had. */
function windows(stat: Stat, rows: Rows, choice: Choice): Bucket[] {
  const drawn = stat.figure === 'top' ? 'count' : stat.figure!
  const sums = new Map<number, number>()
  for (const [key, row] of Object.entries(rows)) {
    const path = pathOf(key, stat.by.length + 1)
    if (!isBelow(stat.by, path, choice)) continue
    const one = numbers(row)
    const from = one.from! / 1000
    sums.set(from, (sums.get(from) ?? 0) + (one[drawn] ?? 0))
  }
  return [...sums].map(([from, value]) => ({ from, value })).sort((a, b) => a.from - b.from)
}

/** The lengths that there are of a stat over time [s]. */
export function lengths(stat: Stat): number[] {
  return stat.kind === 'window' ? [stat.over_s!] : (stat.every_s as number[])
}

export function isOverTime(stat: Stat): boolean {
  return stat.kind === 'timed' || stat.kind === 'window'
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

const MOMENT = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' })

/** A moment of the last days: Thu, 12:26. */
export function momentOf(ms: number | undefined): string {
  return ms === undefined ? '' : MOMENT.format(ms)
}

export function whenOf(from: number, length: number): string {
  return (length < 86400 ? TIME : DAY).format(from * 1000)
}

/** How numbers are spread: counts by number → bins, of what is chosen and of everything. */
import { bin } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import type { Rows } from '../client'
import type { Stat } from './declared'
import { above, isAt, isBelow, pathOf, type Choice } from './rows'

export interface Bin {
  from: number
  to: number
  /** How many of what is chosen, and their share of it. */
  count: number
  share: number
  /** The share of everything. */
  ofAll: number
}

export interface Spread {
  bins: Bin[]
  count: number
  median: number | undefined
  isPart: boolean
}

/** Bins that a graph has about. */
const BINS = 20

type Counted = readonly [value: number, count: number]

export function spreadOf(stat: Stat, rows: Rows, choice: Choice): Spread {
  const all = counted(stat, rows, {})
  const isWhole = above(stat).every((field) => choice[field] === undefined)
  const some = isWhole ? all : counted(stat, rows, choice)
  const scale = scaleLinear()
    .domain([all[0]?.[0] ?? 0, all.at(-1)?.[0] ?? 1])
    .nice(BINS)
  const [low, high] = scale.domain() as [number, number]
  const inner = scale.ticks(BINS).filter((value) => value < high) // the last bin has its upper end
  const make = bin<Counted, number>()
    .value(([value]) => value)
    .domain([low, high])
    .thresholds(inner)
  const [total, count] = [sum(all), sum(some)]
  const whole = make(all)
  const bins = make(some).map((part, n) => ({
    from: part.x0!,
    to: part.x1!,
    count: sum(part),
    share: count ? sum(part) / count : 0,
    ofAll: total ? sum(whole[n]!) / total : 0,
  }))
  return { bins, count, median: median(some, count), isPart: count !== total }
}

/** How often each number is there, below what is chosen, the smallest first. */
function counted(stat: Stat, rows: Rows, choice: Choice): Counted[] {
  const counts = new Map<number, number>()
  const fields = above(stat)
  for (const [key, row] of Object.entries(rows)) {
    if (!isAt(stat, key, stat.by.length)) continue
    const path = pathOf(key, stat.by.length)
    const value = Number(path.at(-1))
    if (Number.isNaN(value) || !isBelow(fields, path, choice)) continue
    counts.set(value, (counts.get(value) ?? 0) + (row as { count: number }).count)
  }
  return [...counts].sort(([a], [b]) => a - b)
}

function sum(some: readonly Counted[]): number {
  return some.reduce((so, [, count]) => so + count, 0)
}

function median(some: readonly Counted[], count: number): number | undefined {
  const at = (place: number) => {
    let so = 0
    return some.find(([, n]) => (so += n) > place)?.[0]
  }
  const [low, high] = [at(Math.floor((count - 1) / 2)), at(Math.floor(count / 2))]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/** Where figures stand in a graph. */
import { scaleLinear } from 'd3-scale'
import type { Item } from './rows'

/** Figures that differ by less than this share of the largest would look alike as bars from 0. */
const ALIKE = 0.3

export interface Axis {
  /** Bars begin at 0; dots need not. */
  bars: boolean
  ticks: number[]
  /** Per cent of the width. */
  at: (value: number) => number
}

/** From where to where the axis of a graph reaches. */
export interface Domain {
  bars: boolean
  from: number
  to: number
}

/** From 0 for bars, around the figures for spans and for those nearly alike. */
export function domainOf(given: readonly Item[]): Domain {
  const some = given.filter((item) => !Number.isNaN(item.value))
  if (!some.length) return { bars: true, from: 0, to: 1 }
  const low = Math.min(...some.map((item) => item.span?.[0] ?? item.value))
  const high = Math.max(...some.map((item) => item.span?.[1] ?? item.value))
  const spans = some.some((item) => item.span)
  const bars = !spans && (low <= 0 || high - low > ALIKE * high || some.length < 2 || high === low)
  const [from, to] = bars ? [Math.min(0, low), Math.max(0, high) || 1] : [low, high === low ? low + 1 : high]
  const [wide, wider] = scaleLinear().domain([from, to]).nice(4).domain() as [number, number]
  return { bars, from: wide, to: wider }
}

export function axis({ bars, from, to }: Domain): Axis {
  const scale = scaleLinear().domain([from, to]).range([0, 100])
  return { bars, ticks: scale.ticks(4), at: scale }
}

/** Made once: a format takes longer to make than a hundred uses. */
const SHORT = new Intl.NumberFormat('en', { notation: 'compact' })

/** A value at an axis: 1.5K. */
export function short(value: number): string {
  return SHORT.format(value).replace('-', '−')
}

/**
 * How likely values are that only three quantiles are known of: two halves of a bell curve
 * about the median, each as wide as its quantile says. A picture, not a forecast of its own.
 */

/** The 90 % quantile of a bell curve of width 1. */
const Z90 = 1.2816

export interface Band {
  low: number
  mid: number
  high: number
}

/** Relative likelihood at `x`, 1 at the median. */
export function likelihood({ low, mid, high }: Band, x: number): number {
  const width = Math.max((x < mid ? mid - low : high - mid) / Z90, 1e-6)
  return Math.exp(-0.5 * ((x - mid) / width) ** 2)
}

/** Likelihoods over a range, `n` of them from its first to its last value; 1 is the highest. */
export function strip(band: Band, first: number, last: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => likelihood(band, first + ((last - first) * i) / Math.max(1, n - 1)))
}

/** How dark a chance is drawn: small ones are still seen, a third and more is full. */
export function shade(chance: number, full = 1 / 3): number {
  return Math.sqrt(Math.min(1, Math.max(0, chance) / full))
}

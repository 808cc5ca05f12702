/** Figures of a server as text: few digits, and a dash where nothing is known. */

import { UNKNOWN, count } from '../figures/format'

/** A duration of any size: 0.8 ms, 12 ms, 1.4 s, 3 min. */
export function duration(s: number | undefined): string {
  if (s === undefined) return UNKNOWN
  if (s === 0) return '0 s'
  if (s < 0.00995) return `${(s * 1000).toFixed(1)} ms`
  if (s < 0.9995) return `${Math.round(s * 1000)} ms`
  if (s < 9.95) return `${s.toFixed(1)} s`
  return s < 120 ? `${Math.round(s)} s` : `${Math.round(s / 60)} min`
}

/** A rate: three digits where it is small, whole where it is not. */
export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN
  return perSecond < 9.95 ? String(Number(perSecond.toFixed(1))) : count(Math.round(perSecond))
}

/** Bytes: 512 B, 4.2 kB, 1.3 MB. */
export function bytes(n: number | undefined): string {
  if (n === undefined) return UNKNOWN
  const units = ['B', 'kB', 'MB', 'GB']
  let size = n
  let unit = 0
  for (; size >= 999.5 && unit < units.length - 1; unit++) size /= 1000
  return `${size < 9.95 && unit ? size.toFixed(1) : Math.round(size)} ${units[unit]}`
}

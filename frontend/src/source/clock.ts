/** What time it is in the source: event time where entries are old, the reader's own where they are live. */
import type { Rows } from '../client'
import { pathOf } from './rows'
import type { Spec } from './declared'

/** Entries so near to the wall clock come from now, as the engine has it (docs/architecture.md) [ms]. */
const LIVE_MS = 120_000

export function timeOf(newestMs: number | undefined, wallMs: number): number {
  return newestMs === undefined || Math.abs(wallMs - newestMs) <= LIVE_MS ? wallMs : newestMs
}

/** The newest event time that the rows tell of by themselves [ms]: what a reader knows who has just come. */
export function newestIn(spec: Spec, channels: Readonly<Record<string, Rows>>): number | undefined {
  let newest: number | undefined
  for (const { name, kind, by } of spec.kind === 'declared' ? spec.stats : []) {
    if (kind !== 'timed') continue
    for (const key of Object.keys(channels[name] ?? {})) {
      const [length, bucket] = pathOf(key, by.length + 2)
        .slice(-2)
        .map(Number) as [number, number]
      newest = Math.max(newest ?? 0, length * bucket * 1000)
    }
  }
  return newest
}

/** The parts of a time that is left: 2 d 3 h 4 min 5 s. */
export function parts(ms: number): { days: number; hours: number; minutes: number; seconds: number } {
  const s = Math.max(0, Math.ceil(ms / 1000))
  return {
    days: Math.floor(s / 86400),
    hours: Math.floor(s / 3600) % 24,
    minutes: Math.floor(s / 60) % 60,
    seconds: s % 60,
  }
}

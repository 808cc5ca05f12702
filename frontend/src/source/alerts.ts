/** Rows of rules, which all have one shape (docs/sources.md), as a list: what is on stands first. */
import type { Json, Rows } from '../client'
import type { Spec, Stat } from './declared'
import { titleOf } from './declared'
import { pathOf } from './rows'

export interface Alert {
  key: string
  /** What it is about: the names of its groups, none for a rule about everything. */
  label: string
  isOn: boolean
  times: number
  beganMs: number | undefined
  endedMs: number | undefined
  value: number | undefined
  message: string
}

const RULES = new Set(['low_water', 'milestone', 'spike', 'peak'])

export function isRule(stat: Stat): boolean {
  return RULES.has(stat.kind)
}

/** Those that are on, the newest first, and then those that were, the newest first. */
export function alertsOf(rows: Rows): Alert[] {
  const all = Object.entries(rows).map(([key, row]) => alertOf(key, row as Record<string, Json>))
  const since = ({ isOn, beganMs, endedMs }: Alert) => (isOn ? beganMs : endedMs) ?? 0
  return all.sort((a, b) => Number(b.isOn) - Number(a.isOn) || since(b) - since(a) || (a.key < b.key ? -1 : 1))
}

function alertOf(key: string, row: Record<string, Json>): Alert {
  const number = (name: string) => (typeof row[name] === 'number' ? row[name] : undefined)
  const label = pathOf(key, 1).join(' / ')
  return {
    key,
    label,
    isOn: row.is_on === true,
    times: number('times') ?? 0,
    beganMs: number('began_ms'),
    endedMs: number('ended_ms'),
    value: number('value'),
    message: typeof row.message === 'string' ? row.message : '',
  }
}

/** What the rules over a stat say of its rows: row key → the titles of those that are on. */
export function signsOf(spec: Spec, stat: Stat, channels: Readonly<Record<string, Rows>>): ReadonlyMap<string, string> {
  const signs = new Map<string, string>()
  for (const rule of spec.stats) {
    if (!isRule(rule) || rule.stat !== stat.name) continue
    for (const [key, row] of Object.entries(channels[rule.name] ?? {})) {
      if ((row as Record<string, Json>).is_on === true) signs.set(key, titleOf(rule).toLowerCase())
    }
  }
  return signs
}

/** What was ordered and what has come, by status. */
import type { Json, Rows } from '../client'
import { pathOf } from './rows'

/** What needs somebody stands first. */
export const STATUSES = ['unmatched', 'over', 'partial', 'open', 'completed'] as const
export type Status = (typeof STATUSES)[number]

export interface Matched {
  key: string
  label: string
  status: Status
  ordered: number
  delivered: number
}

/** Those of one status, or all; of each the newest names first. */
export function matchedOf(rows: Rows, status: Status | 'all'): Matched[] {
  const all = Object.entries(rows)
    .filter(([key]) => key !== '')
    .map(([key, row]) => {
      const { status: is, ordered, delivered } = row as { status: Status; ordered: number; delivered: number }
      return { key, label: pathOf(key, 1).join(' / '), status: is, ordered, delivered }
    })
  const wanted = all.filter((one) => status === 'all' || one.status === status)
  return wanted.sort((a, b) => STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) || (a.label < b.label ? 1 : -1))
}

/** How many there are of each status. */
export function countsOf(rows: Rows): Record<Status, number> {
  const row = (rows[''] ?? {}) as Record<string, Json>
  return Object.fromEntries(STATUSES.map((status) => [status, Number(row[status] ?? 0)])) as Record<Status, number>
}

/** What `/api/v1/status` says, and what two such answers say about the time between them. */

import type { Measured, Status } from '../client/schema'

export type { Status } from '../client/schema'

export type Labels = Measured['labels']

/** Two answers, the older one absent as long as there is only one. */
export interface Span {
  now: Status
  then?: Status
}

/** The series of a metric that have these labels, and maybe more. */
export function series(status: Status | undefined, name: string, labels: Labels = {}): Measured[] {
  const wanted = Object.entries(labels)
  return (status?.metrics[name] ?? []).filter((one) => wanted.every(([k, v]) => one.labels[k] === v))
}

/** The sum of a metric over all series with these labels; of a histogram, how many there were. */
export function total(status: Status | undefined, name: string, labels?: Labels): number {
  return series(status, name, labels).reduce((sum, one) => sum + (one.value ?? one.count ?? 0), 0)
}

/** By how much a counter has grown; one that fell was started anew. Unknown with one answer only. */
export function grown({ now, then }: Span, name: string, labels?: Labels): number | undefined {
  if (!then) return undefined
  const to = total(now, name, labels)
  const from = total(then, name, labels)
  return to < from ? to : to - from
}

export function perSecond(span: Span, name: string, labels?: Labels): number | undefined {
  const more = grown(span, name, labels)
  const seconds = span.then ? (span.now.server_ms - span.then.server_ms) / 1000 : 0
  return more === undefined || seconds <= 0 ? undefined : more / seconds
}

/** The time [s] that a share of what happened in between stayed within, as Prometheus works it out. */
export function quantile(span: Span, name: string, share: number, labels?: Labels): number | undefined {
  if (!grown(span, name, labels)) return undefined
  const to = summed(span.now, name, labels)
  const from =
    total(span.now, name, labels) < total(span.then, name, labels)
      ? new Map<number, number>()
      : summed(span.then, name, labels)
  const rank = share * grown(span, name, labels)!
  let below = 0
  let lower = 0
  for (const bound of [...to.keys()].sort((a, b) => a - b)) {
    const upTo = to.get(bound)! - (from.get(bound) ?? 0)
    if (upTo >= rank && upTo > below) return lower + ((bound - lower) * (rank - below)) / (upTo - below)
    below = upTo
    lower = bound
  }
  return lower // longer than the last bound
}

/** The values a label has, in the order in which they come. */
export function values(status: Status | undefined, name: string, label: string): string[] {
  return [
    ...new Set(
      series(status, name)
        .map((one) => one.labels[label])
        .filter((v) => v !== undefined),
    ),
  ]
}

function summed(status: Status | undefined, name: string, labels?: Labels): Map<number, number> {
  const found = new Map<number, number>()
  for (const one of series(status, name, labels))
    for (const [bound, upTo] of one.buckets ?? []) found.set(bound, (found.get(bound) ?? 0) + upTo)
  return found
}

/** What tabs and the hub say to each other, wherever the hub lives. */
import type { Change, Rows } from './protocol'

/** Names the worker, the channel and the locks; raise it when a message changes its meaning. */
export const WIRE = 'pitlive 2'

export type Link = 'live' | 'catching-up' | 'lost'

/** A reader wants these channels of a source, after a cursor (empty: it has nothing yet). */
export interface Join {
  type: 'join'
  reader: string
  /** Counts the joins of a reader: what was sent for an earlier one is not for it. */
  turn: number
  source: string
  channels: readonly string[]
  cursor: string
}

export interface Status {
  link: Link
  /** When the hub tries next [ms since 1970]; absent while connected. */
  retryAt?: number
  reconnects: number
  /** The server has never heard of the source. */
  unknown: boolean
  /** The source was deleted: what is shown of it is what it was. */
  deleted: boolean
}

/** `who` asks whether a hub is there; `hurry` that it tries now; `leave` without a reader is the tab. */
export type Asked = Join | { type: 'leave'; reader?: string } | { type: 'hurry' } | { type: 'who' }

export type ToHub = Asked & { tab: string }

export type Told =
  | { type: 'hub' }
  | { type: 'joined'; turn: number }
  | { type: 'snapshot'; cursor: string; channels: Record<string, Rows> }
  /** The log has another past than the reader: what it had may never have been. */
  | { type: 'forgotten' }
  | { type: 'change'; cursor: string; change: Change }
  /** By source: whatever a reader wants up to this cursor was sent. */
  | { type: 'reached'; cursors: Record<string, string> }
  | ({ type: 'status' } & Status)

/** Told by one hub to some readers; `hub` is told to a whole tab. */
export interface ToTab {
  hub: string
  to: readonly string[]
  told: Told
}

/** A name nobody else has; `crypto.randomUUID` is absent on plain HTTP. */
export function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join('')
}

/** The values that travel, by their names in docs/protocol.md; of rows no schema says more than JSON. */
import type * as schema from './schema'

export type { Bye, Heartbeat, Hello, Verdict } from './schema'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Row key → row, which is what a channel's state is. */
export type Rows<R = Json> = Record<string, R>

export interface Snapshot extends schema.SnapshotEvent {
  channels: Record<string, Rows>
}

export interface State extends schema.State {
  channels: Record<string, Rows>
}

export interface Change extends schema.Change {
  /** Row key → patch; null takes a row out. */
  data: Rows
}

/** The values that travel, as the document has them; of rows it says only that they are JSON. Unknown is absent. */
import type * as document from './schema'

export type { Bye, Heartbeat, Hello, Verdict } from './schema'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Row key → row, which is what a channel's state is. */
export type Rows<R = Json> = Record<string, R>

export interface Snapshot extends document.SnapshotEvent {
  channels: Record<string, Rows>
}

export interface State extends document.State {
  channels: Record<string, Rows>
}

export interface Change extends document.Change {
  /** Row key → patch; null takes a row out. */
  data: Rows
}

/** The values that travel, as docs/protocol.md names them. Unknown is absent, never 0. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Row key → row, which is what a channel's state is. */
export type Rows<R = Json> = Record<string, R>

export interface Verdict {
  resumed: boolean
  reason: 'fresh' | 'ok' | 'trimmed' | 'epoch' | 'forked' | 'unknown' | 'future' | 'deleted'
  from?: string | null
  to?: string | null
  channels?: string[]
}

export interface Hello {
  cursor: string
  server_ms: number
  sources: Record<string, Verdict>
}

export interface Snapshot {
  source: string
  cursor: string
  channels: Record<string, Rows>
}

export interface Change {
  channel: string
  at_ms: number
  data: Json
}

export interface Heartbeat {
  server_ms: number
  top: Record<string, string>
}

export interface Bye {
  reason: string
  retry_ms: number
}

import type { SourceStream } from '../client'

declare global {
  interface Window {
    pitlive?: Hooks
  }
}

/** What tests and the curious can read of a page; documented in frontend/README.md. */
export interface Hooks {
  readonly state: unknown
  readonly cursor: string
  readonly missed: number
  readonly seen: number
  readonly repeats: number
  readonly holes: number
  readonly reconnects: number
  readonly link: string
}

export function exposeHooks(stream: SourceStream): void {
  window.pitlive = {
    get state() { return stream.store.channels },
    get cursor() { return stream.ledger.cursor },
    get missed() { return stream.ledger.missed },
    get seen() { return stream.ledger.seen },
    get repeats() { return stream.ledger.repeats },
    get holes() { return stream.ledger.holes },
    get reconnects() { return stream.reconnects },
    get link() { return stream.link },
  }
}

import type { Reader, Tab } from '../client'

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
  readonly proven: string
  readonly pasts: number
  readonly seen: number
  readonly repeats: number
  readonly holes: number
  readonly reconnects: number
  readonly link: string
  readonly way: string
}

export function exposeHooks(tab: Tab, reader: Reader): void {
  window.pitlive = {
    get state() {
      return reader.store.channels
    },
    get cursor() {
      return reader.ledger.cursor
    },
    get missed() {
      return reader.ledger.missed
    },
    get proven() {
      return reader.ledger.proven
    },
    get pasts() {
      return reader.ledger.pasts
    },
    get seen() {
      return reader.ledger.seen
    },
    get repeats() {
      return reader.ledger.repeats
    },
    get holes() {
      return reader.ledger.holes
    },
    get reconnects() {
      return reader.reconnects
    },
    get link() {
      return reader.link
    },
    get way() {
      return tab.way
    },
  }
}

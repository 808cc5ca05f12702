import { Hub } from '../hub'
import type { Told } from '../messages'
import { Reader } from '../reader'
import type { Server } from './server'

/** A hub, and readers in tabs that reach it by messages which take their time. */
export class Browser {
  hub: Hub
  readers: { reader: Reader; from: number; had: string[]; post: Told[] }[] = []

  constructor(readonly server: Server) {
    this.hub = this.#newHub()
  }

  /** The hub is gone, and with it what was on its way; the tabs find another one. */
  handOver(): void {
    this.hub.stop()
    this.hub = this.#newHub()
    for (const { reader } of this.readers) reader.join()
  }

  follow(name: string, source: string, channels: string): void {
    const one = { from: -1, had: [] as string[], post: [] as Told[] }
    const reader = new Reader(
      name,
      source,
      { channels, onFlush: () => {}, schedule: () => {}, onChange: (_, cursor) => one.had.push(cursor) },
      (asked) => {
        if (asked.type === 'join') this.hub.join(asked)
        if (asked.type === 'leave') this.hub.leave(asked.reader!)
      },
    )
    this.readers.push(Object.assign(one, { reader }))
    reader.join()
  }

  stop(index: number): void {
    for (const { reader } of this.readers.splice(index, 1)) reader.stop()
  }

  /** Let a tab read its next message. */
  read(index: number): void {
    const one = this.readers[index]
    const told = one?.post.shift()
    if (!one || !told) return
    one.reader.take(told)
    if (one.from < 0 && told.type === 'snapshot') one.from = one.reader.ledger.seq
  }

  #newHub(): Hub {
    const hub: Hub = new Hub((to, told) => {
      const named = this.readers.filter(({ reader }) => to.includes(reader.name))
      if (hub === this.hub) for (const { post } of named) post.push(structuredClone(told))
    }, this.server)
    return hub
  }
}

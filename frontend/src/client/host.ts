import { whenGone } from './gone'
import { Hub } from './hub'
import { newName, WIRE, type Told, type ToHub, type ToTab } from './messages'

export type Reply = (message: ToTab) => void

/** The lock of a tab or a hub. */
export const lockOf = (name: string): string => `${WIRE} ${name}`

/** A hub and the tabs it serves, by whatever way they reach it. */
export class Host {
  readonly id = newName()
  #hub = new Hub((to, told) => this.#deliver(to, told))
  #tabs = new Map<string, { reply: Reply; readers: Set<string>; forget: () => void }>()

  take(message: ToHub, reply: Reply): void {
    if (message.type === 'who') return this.greet(reply)
    if (message.type === 'hurry') return this.#hub.hurry()
    if (message.type === 'leave') return this.#leave(message.tab, message.reader)
    this.#readersOf(message.tab, reply).add(message.reader)
    this.#hub.join(message)
  }

  /** Say that there is a hub, and that it is this one. */
  greet(reply: Reply): void {
    reply({ hub: this.id, to: [], told: { type: 'hub' } })
  }

  stop(): void {
    for (const { forget } of this.#tabs.values()) forget()
    this.#tabs.clear()
    this.#hub.stop()
  }

  #readersOf(tab: string, reply: Reply): Set<string> {
    const known = this.#tabs.get(tab)
    if (known?.reply === reply) return known.readers
    known?.forget() // it lost us and found us again
    const forget = whenGone(lockOf(tab), () => this.#leave(tab))
    const readers = known?.readers ?? new Set()
    this.#tabs.set(tab, { reply, readers, forget })
    return readers
  }

  #leave(tab: string, reader?: string): void {
    const known = this.#tabs.get(tab)
    if (!known) return
    for (const one of reader === undefined ? known.readers : [reader]) {
      known.readers.delete(one)
      this.#hub.leave(one)
    }
    if (reader !== undefined) return
    known.forget()
    this.#tabs.delete(tab)
  }

  /** One message for all readers that are reached the same way. */
  #deliver(to: readonly string[], told: Told): void {
    const ways = new Map<Reply, string[]>()
    for (const reader of to) {
      const reply = this.#tabs.get(reader.split('/')[0]!)?.reply
      if (reply) ways.set(reply, [...(ways.get(reply) ?? []), reader])
    }
    for (const [reply, readers] of ways) reply({ hub: this.id, to: readers, told })
  }
}

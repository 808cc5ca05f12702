import { only } from '../channels'
import { formatCursor } from '../cursor'
import { mergePatch } from '../patch'
import type { Change, Rows, Snapshot } from '../protocol'

/** The log of one source and its state, as docs/protocol.md has them. */
export class Source {
  epoch = 'k1'
  log: Change[] = []
  /** By event: what names it and all before it. */
  links: string[] = []
  #published = 0
  channels: Record<string, Rows> = {}
  #shared: Snapshot | undefined
  #age = 0

  get cursor(): string {
    return this.at(this.log.length)
  }

  at(seq: number): string {
    return formatCursor({ epoch: this.epoch, seq, ...(seq && { link: this.links[seq - 1]! }) })
  }

  publish(channel: string, data: Rows): void {
    this.links.push((this.#published++).toString(16).padStart(8, '0'))
    this.log.push({ channel, at_ms: this.log.length, data })
    this.channels[channel] = mergePatch(this.channels[channel], data) as Rows
  }

  /** The log begins anew. */
  reset(): void {
    this.epoch = `k${Number(this.epoch.slice(1)) + 1}`
    this.log = []
    this.links = []
    this.channels = {}
  }

  /** The newest events are lost, as when an older file is put back. */
  forget(): void {
    const kept = this.log.slice(0, this.log.length >> 1)
    const links = this.links.slice(0, kept.length)
    this.log = []
    this.channels = {}
    this.expire()
    for (const { channel, data } of kept) this.publish(channel, data)
    this.links = links
  }

  now(name: string): Snapshot {
    return { source: name, cursor: this.cursor, channels: this.channels }
  }

  /** Read the state anew for whoever asks next. */
  expire(): void {
    this.#shared = undefined
  }

  /** The state, or one that was read a while ago for somebody else: as old as it says. */
  snapshot(name: string, patterns: readonly string[]): Snapshot {
    const old = this.#age++ % 3 !== 0 && this.#shared?.cursor.startsWith(`${this.epoch}.`)
    if (!old) this.#shared = { source: name, cursor: this.cursor, channels: structuredClone(this.channels) }
    return { ...this.#shared!, channels: structuredClone(only(this.#shared!.channels, patterns)) }
  }

  state(patterns: readonly string[]): Record<string, Rows> {
    return only(this.channels, patterns)
  }
}

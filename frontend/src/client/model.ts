/** For tests: a server and its wire in memory, as docs/protocol.md has them, with a hub and readers. */
import { matches, patternsOf } from './channels'
import type { Connected, Listener } from './connection'
import { formatCursor, parseCursor } from './cursor'
import { Hub } from './hub'
import type { Told } from './messages'
import { mergePatch } from './patch'
import type { Change, Json, Rows, Snapshot } from './protocol'
import { Reader } from './reader'
import type { World } from './world'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

class Source {
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

  publish(channel: string, data: Json): void {
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

function only(channels: Record<string, Rows>, patterns: readonly string[]): Record<string, Rows> {
  return Object.fromEntries(Object.entries(channels).filter(([name]) => matches(name, patterns)))
}

type Block = (to: Listener) => void

/** One connection: what the server has written and the browser has not read yet. */
class Wire implements Connected {
  lost = false
  retryAt: number | undefined
  reconnects = 0
  unread: Block[] = []
  #at: number[] = []
  #wish: { names: string[]; patterns: readonly string[] } | undefined

  constructor(
    private readonly server: Server,
    private readonly listener: Listener,
  ) {}

  open(): void {
    this.server.opened += 1
    this.unread = []
    const { pathname, searchParams: query } = new URL(this.listener.url(), 'http://server')
    const single = /\/sources\/([^/]+)\/events/.exec(pathname)?.[1]
    const names = single ? [single] : query.getAll('source')
    this.#wish = { names, patterns: patternsOf(query.get('channels') ?? '') }
    this.#greet(names.map((_, i) => query.get('last_event_id')?.split('_')[i] ?? ''))
    this.listener.turned()
  }

  close(): void {
    this.unread = []
    this.#wish = undefined
    this.lost = false
  }

  retry(): void {
    this.cut()
  }

  hurry(): void {
    if (this.lost) this.open()
  }

  good(): void {}

  cut(): void {
    if (!this.#wish) return
    this.close()
    this.lost = true
    this.listener.turned()
  }

  read(): void {
    this.unread.shift()?.(this.listener)
  }

  /** Write what the log has and this stream has not been sent. */
  flush(): void {
    const { names, patterns } = this.#wish ?? { names: [], patterns: [] }
    names.forEach((name, i) => {
      const { log } = this.server.source(name)
      for (; this.#at[i]! < log.length;) {
        const change = { ...log[this.#at[i]!]!, ...(names.length > 1 && { source: name }) }
        this.#at[i]! += 1
        const id = this.#id()
        if (matches(change.channel, patterns)) this.unread.push((to) => to.change(change, id))
      }
    })
  }

  beat(): void {
    const { names } = this.#wish ?? { names: [] }
    const top = Object.fromEntries(names.map((name) => [name, this.server.source(name).cursor]))
    const id = this.#id()
    if (this.#wish) this.unread.push((to) => to.heartbeat({ server_ms: 0, top }, id))
  }

  /** A slow reader is brought up to date: what waits for it gives way to the state. */
  overrun(): void {
    if (!this.#wish || this.unread.length < 2) return
    this.unread = this.unread.slice(0, 1)
    for (const [i, name] of this.#wish.names.entries()) this.#give(i, this.server.now(name))
    this.flush()
  }

  #greet(cursors: string[]): void {
    const { names } = this.#wish!
    const verdicts = names.map((name, i) => {
      const [after, source] = [parseCursor(cursors[i]), this.server.source(name)]
      const beyond = after?.epoch === source.epoch && after.seq > source.log.length
      const resumed = after !== undefined && cursors[i] === source.at(after.seq) && !beyond
      const other = after?.epoch !== source.epoch ? 'epoch' : beyond ? 'future' : 'forked'
      const reason = resumed ? 'ok' : after ? other : 'fresh'
      this.#at[i] = resumed ? after.seq : source.log.length
      return { resumed, reason, from: cursors[i] || null, to: source.cursor } as const
    })
    const sources = Object.fromEntries(names.map((name, i) => [name, verdicts[i]!]))
    const cursor = this.#id()
    this.unread.push((to) => {
      this.lost = false
      to.hello({ cursor, server_ms: 0, sources })
    })
    verdicts.forEach(
      ({ resumed }, i) => !resumed && this.#give(i, this.server.source(names[i]!).snapshot(names[i]!, ['*'])),
    )
    this.flush()
  }

  #give(i: number, { source, cursor, channels }: Snapshot): void {
    this.#at[i] = parseCursor(cursor)!.seq
    const said = structuredClone({ source, cursor, channels: only(channels, this.#wish!.patterns) })
    this.unread.push((to) => to.snapshot(said))
  }

  #id(): string {
    return (this.#wish?.names ?? []).map((name, i) => this.server.source(name).at(this.#at[i]!)).join('_')
  }
}

export class Server implements World {
  opened = 0
  wires: Wire[] = []
  /** States that were asked for: called once, one is read; called again, it arrives. */
  answers: (() => void)[] = []
  #sources = new Map<string, Source>()

  source(name: string): Source {
    const found = this.#sources.get(name) ?? new Source()
    this.#sources.set(name, found)
    return found
  }

  publish(name: string, channel: string, data: Json): void {
    this.source(name).publish(channel, data)
    for (const wire of this.wires) wire.flush()
  }

  reset(name: string): void {
    this.source(name).reset()
    for (const wire of this.wires) wire.cut()
  }

  forget(name: string): void {
    this.source(name).forget()
    for (const wire of this.wires) wire.cut()
  }

  now(name: string): Snapshot {
    const { cursor, channels } = this.source(name)
    return { source: name, cursor, channels }
  }

  connect(listener: Listener): Connected {
    this.wires.push(new Wire(this, listener))
    return this.wires.at(-1)!
  }

  state(name: string, patterns: readonly string[]): Promise<Snapshot | undefined> {
    let read: Snapshot | undefined
    return new Promise((resolve) => {
      const answer = () => {
        if (read) this.answers.splice(this.answers.indexOf(answer), 1)
        if (read) resolve(read)
        else read = this.source(name).snapshot(name, patterns)
      }
      this.answers.push(answer)
    })
  }
}

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

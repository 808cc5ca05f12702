import { matches, only, patternsOf } from '../channels'
import type { Connected, Listener } from '../connection'
import { parseCursor } from '../cursor'
import type { Snapshot } from '../protocol'
import type { Source } from './source'

type Block = (to: Listener) => void

/** One connection: what the server has written and the browser has not read yet. */
export class Wire implements Connected {
  lost = false
  retryAt: number | undefined
  reconnects = 0
  unread: Block[] = []
  #at: number[] = []
  #wish: { names: string[]; patterns: readonly string[] } | undefined

  constructor(
    /** The source of a name. */
    private readonly source: (name: string) => Source,
    private readonly opened: () => void,
    private readonly listener: Listener,
  ) {}

  open(): void {
    this.opened()
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
      const { log } = this.source(name)
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
    const top = Object.fromEntries(names.map((name) => [name, this.source(name).cursor]))
    const id = this.#id()
    if (this.#wish) this.unread.push((to) => to.heartbeat({ server_ms: 0, top }, id))
  }

  /** A slow reader is brought up to date: what waits for it gives way to the state. */
  overrun(): void {
    if (!this.#wish || this.unread.length < 2) return
    this.unread = this.unread.slice(0, 1)
    for (const [i, name] of this.#wish.names.entries()) this.#give(i, this.source(name).now(name))
    this.flush()
  }

  #greet(cursors: string[]): void {
    const { names } = this.#wish!
    const verdicts = names.map((name, i) => {
      const [after, source] = [parseCursor(cursors[i]), this.source(name)]
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
    verdicts.forEach(({ resumed }, i) => !resumed && this.#give(i, this.source(names[i]!).snapshot(names[i]!, ['*'])))
    this.flush()
  }

  #give(i: number, { source, cursor, channels }: Snapshot): void {
    this.#at[i] = parseCursor(cursor)!.seq
    const said = structuredClone({ source, cursor, channels: only(channels, this.#wish!.patterns) })
    this.unread.push((to) => to.snapshot(said))
  }

  #id(): string {
    return (this.#wish?.names ?? []).map((name, i) => this.source(name).at(this.#at[i]!)).join('_')
  }
}

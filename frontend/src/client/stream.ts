import { fullJitter } from './backoff'
import { parseCursor } from './cursor'
import { Ledger } from './ledger'
import type { Bye, Change, Heartbeat, Hello, Snapshot, Verdict } from './protocol'
import { nextFrame, Store, type Flush, type Schedule } from './store'
import { Watchdog } from './watchdog'

export type Link = 'live' | 'catching-up' | 'lost'

/** How long the browser's own reconnecting is trusted before we take over [ms]. */
const TRUST_MS = 10_000
/** How long a new connection may take to say hello [ms]; a server thrown off by many takes a while. */
const HELLO_MS = 20_000
/** How often silence and overdue attempts are looked for [ms]. */
const CHECK_MS = 250

export interface Options {
  source: string
  /** Channel patterns, comma-separated; none means all, and only then are holes provable. */
  channels?: string
  onFlush: Flush
  schedule?: Schedule
}

/**
 * Follows one source for as long as the page lives, on a native `EventSource`.
 *
 * The browser reconnects by itself after a clean end, at the time the server asked for.
 * We step in when it gives up (CLOSED), when it takes too long, when an open connection says
 * nothing (watchdog), and when an event is missing: then the stream is taken up again after
 * the last good cursor. Nobody has to reload the page.
 */
export class SourceStream {
  readonly store: Store
  readonly ledger: Ledger
  link: Link = 'catching-up'
  /** When we try next [ms since 1970]; undefined while connected, or while the browser itself retries. */
  retryAt: number | undefined
  /** When the newest change or snapshot arrived [ms since 1970]. */
  newestAt: number | undefined
  reconnects = 0
  /** The server has never heard of the source; it will be followed once somebody feeds it. */
  unknown = false
  #es: EventSource | undefined
  #attempt = 0
  #opened = false
  #target = 0
  #topBefore = 0
  #trustUntil = Infinity
  #watchdog = new Watchdog(Date.now())
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(private readonly options: Options) {
    this.store = new Store(options.onFlush, options.schedule ?? nextFrame)
    this.ledger = new Ledger(!options.channels)
  }

  start(): void {
    this.#connect()
    this.#timer = setInterval(() => this.#check(), CHECK_MS)
    globalThis.addEventListener?.('online', () => this.#hurry())
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#es?.close()
  }

  #url(): string {
    const query = new URLSearchParams()
    if (this.options.channels) query.set('channels', this.options.channels)
    if (this.ledger.cursor) query.set('last_event_id', this.ledger.cursor)
    return `/api/v1/sources/${encodeURIComponent(this.options.source)}/events?${query}`
  }

  #connect(): void {
    this.#es?.close()
    this.retryAt = undefined
    this.#trustUntil = Date.now() + HELLO_MS
    this.#watchdog.restart(Date.now())
    this.store.touch()
    const es = new EventSource(this.#url())
    this.#es = es
    const on = <T>(name: string, take: (data: T, id: string) => void) =>
      es.addEventListener(name, (e) => this.#take(es, e as MessageEvent<string>, take))
    on<Hello>('hello', (data) => this.#hello(data))
    on<Snapshot>('snapshot', (data) => this.#snapshot(data))
    on<Change>('message', (data, id) => this.#change(data, id))
    on<Heartbeat>('hb', (data) => this.#heartbeat(data))
    on<Bye>('bye', (data) => this.#bye(data))
    es.addEventListener('error', () => this.#failed(es))
  }

  #take<T>(es: EventSource, event: MessageEvent<string>, take: (data: T, id: string) => void) {
    if (es !== this.#es) return
    this.#watchdog.event(Date.now())
    take(JSON.parse(event.data) as T, event.lastEventId)
    this.store.touch()
  }

  #hello(hello: Hello): void {
    if (this.#opened) this.reconnects += 1
    this.#opened = true
    const verdict = hello.sources[this.options.source]
    if (!verdict || !this.ledger.agrees(verdict)) return this.#retry()
    this.retryAt = undefined
    this.#trustUntil = Infinity
    this.unknown = verdict.reason === 'unknown' && !verdict.to
    this.#target = verdict.resumed ? seqOf(verdict.to) : Infinity
    this.#arrived()
  }

  #snapshot(snapshot: Snapshot): void {
    this.ledger.replaced(snapshot.cursor)
    this.store.replace(snapshot.channels)
    this.newestAt = Date.now()
    this.unknown = false
    this.#target = 0
    this.#topBefore = 0
    this.#arrived()
  }

  #change(change: Change, id: string): void {
    const judgement = this.ledger.judge(id)
    if (judgement === 'repeat') return
    if (judgement !== 'next') return this.#retry()
    this.store.apply(change.channel, change.data)
    this.newestAt = Date.now()
    this.#arrived()
  }

  #heartbeat(beat: Heartbeat): void {
    this.#watchdog.heartbeat(Date.now())
    const behind = this.ledger.whole && this.ledger.seq < this.#topBefore
    if (behind) return this.#retry()
    const top = parseCursor(beat.top[this.options.source])
    // Only what the beat before already announced must be here by now; the newest may be on its way.
    this.#topBefore = top && `${top.epoch}.${this.ledger.seq}` === this.ledger.cursor ? top.seq : 0
    this.#arrived()
  }

  /** The server closes now and says when it wants us back; it knows best. */
  #bye(bye: Bye): void {
    this.#retry(bye.retry_ms)
  }

  /** Something good came: the state is live once it has reached what `hello` promised. */
  #arrived(): void {
    const reached = this.ledger.cursor !== '' && (this.ledger.seq >= this.#target || this.#filtered())
    this.link = reached ? 'live' : 'catching-up'
    if (reached) this.#attempt = 0
  }

  /** With a channel filter the promised seq may be of another channel and never come. */
  #filtered(): boolean {
    return !this.ledger.whole && this.#target !== Infinity
  }

  #failed(es: EventSource): void {
    if (es !== this.#es) return
    this.link = 'lost'
    const closed = es.readyState === EventSource.CLOSED
    if (closed || this.#attempt > 0) this.#retry()
    else this.#trustUntil = Date.now() + TRUST_MS
    this.store.touch()
  }

  /** Give up this connection and make another one after a while. */
  #retry(wait = fullJitter(this.#attempt)): void {
    this.#es?.close()
    this.#es = undefined
    this.link = 'lost'
    this.retryAt = Date.now() + wait
    this.#trustUntil = Infinity
    this.#attempt += 1
    this.store.touch()
  }

  /** The network is back: there is no reason to wait. */
  #hurry(): void {
    if (this.#timer !== undefined && this.link === 'lost') this.#connect()
  }

  #check(): void {
    const now = Date.now()
    if (this.retryAt !== undefined) {
      if (now >= this.retryAt) this.#connect()
    } else if (now >= this.#trustUntil || this.#watchdog.isSilent(now)) this.#retry()
  }
}

function seqOf(to: Verdict['to']): number {
  return typeof to === 'number' ? to : (parseCursor(to)?.seq ?? 0)
}

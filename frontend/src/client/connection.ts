import { fullJitter } from './backoff'
import type { Bye, Change, Heartbeat, Hello, Snapshot } from './protocol'
import { Watchdog } from './watchdog'

/** How long the browser's own reconnecting is trusted before we take over [ms]. */
const TRUST_MS = 10_000
/** How long a new connection may take to say hello [ms]; a server thrown off by many takes a while. */
const HELLO_MS = 20_000
/** How often silence and overdue attempts are looked for [ms]. */
const CHECK_MS = 250

/** Who listens to a connection. Ids are whole: a part for each source of the stream. */
export interface Listener {
  /** Where to go on from: asked whenever a connection is made. */
  url(): string
  hello(hello: Hello): void
  snapshot(snapshot: Snapshot): void
  change(change: Change, id: string): void
  heartbeat(beat: Heartbeat, id: string): void
  /** The state of the connection is another one. */
  turned(): void
}

/** What the hub needs of a connection. */
export interface Connected {
  readonly lost: boolean
  readonly retryAt: number | undefined
  readonly reconnects: number
  open(): void
  close(): void
  retry(): void
  hurry(): void
  good(): void
}

/**
 * One stream for as long as somebody reads, on a native `EventSource`.
 *
 * The browser reconnects by itself after a clean end, at the time the server asked for.
 * We step in when it gives up (CLOSED), when it takes too long, and when an open connection
 * says nothing (watchdog); the listener does when an event is missing. Each time the stream
 * is taken up again after the last good cursor.
 */
export class Connection implements Connected {
  /** It broke, and the server has not said hello since. */
  lost = false
  /** When we try next [ms since 1970]; undefined while connected, or while the browser itself retries. */
  retryAt: number | undefined
  /** Times the stream was lost and found again. */
  reconnects = 0
  #es: EventSource | undefined
  #attempt = 0
  #trustUntil = Infinity
  #watchdog = new Watchdog(Date.now())
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(private readonly listener: Listener) {}

  /** Leave the stream that is open, if any, and open one from where we are. */
  open(): void {
    this.#timer ??= setInterval(() => this.#check(), CHECK_MS)
    this.#es?.close()
    this.retryAt = undefined
    this.#trustUntil = Date.now() + HELLO_MS
    this.#watchdog.restart(Date.now())
    this.#es = this.#listen(new EventSource(this.listener.url()))
    this.listener.turned()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#es?.close()
    this.#es = undefined
    this.retryAt = undefined
    this.lost = false
  }

  /** Give up this connection and make another one after a while. */
  retry(wait = fullJitter(this.#attempt)): void {
    this.#es?.close()
    this.#es = undefined
    this.#attempt += 1
    this.#broke(Date.now() + wait)
  }

  /** There is no reason to wait any longer: the network is back, or somebody looks. */
  hurry(): void {
    if (this.retryAt !== undefined || (this.#es?.readyState === EventSource.CONNECTING && this.lost)) this.open()
  }

  /** What came was what it should be: the next failure is a first one again. */
  good(): void {
    this.#attempt = 0
  }

  #listen(es: EventSource): EventSource {
    const on = <T>(name: string, take: (data: T, id: string) => void) =>
      es.addEventListener(name, (event: MessageEvent<string>) => {
        if (es !== this.#es) return
        this.#watchdog.event(Date.now())
        take(JSON.parse(event.data) as T, event.lastEventId)
      })
    on<Hello>('hello', (data) => this.#hello(data))
    on<Snapshot>('snapshot', (data) => this.listener.snapshot(data))
    on<Change>('message', (data, id) => this.listener.change(data, id))
    on<Heartbeat>('hb', (data, id) => this.#heartbeat(data, id))
    on<Bye>('bye', (data) => this.retry(data.retry_ms)) // the server knows best when
    es.addEventListener('error', () => this.#failed(es))
    return es
  }

  #hello(hello: Hello): void {
    if (this.lost) this.reconnects += 1
    this.lost = false
    this.#trustUntil = Infinity
    this.listener.hello(hello)
    this.listener.turned()
  }

  #heartbeat(beat: Heartbeat, id: string): void {
    this.#watchdog.heartbeat(Date.now())
    this.listener.heartbeat(beat, id)
  }

  #failed(es: EventSource): void {
    if (es !== this.#es) return
    if (es.readyState === EventSource.CLOSED || this.#attempt > 0) return this.retry()
    this.#trustUntil = Date.now() + TRUST_MS
    this.#broke(undefined)
  }

  #broke(retryAt: number | undefined): void {
    this.lost = true
    this.retryAt = retryAt
    if (retryAt !== undefined) this.#trustUntil = Infinity
    this.listener.turned()
  }

  #check(): void {
    const now = Date.now()
    if (this.retryAt !== undefined) {
      if (now >= this.retryAt) this.open()
    } else if (now >= this.#trustUntil || this.#watchdog.isSilent(now)) this.retry()
  }
}

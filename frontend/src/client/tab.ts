import { hold } from './gone'
import { lockOf } from './host'
import { newName, type Asked, type ToTab } from './messages'
import { Reader, type Wanted } from './reader'
import { toLeader, toOwn, toWorker, waysHere, type Line, type Way } from './ways'

/** Silence after which the hub is asked whether it is there [ms]; it beats more often, mostly. */
const ASK_MS = 30_000
/** How long it has for an answer [ms]. */
const ANSWER_MS = 10_000
/** How often that, and an overdue attempt, are looked for [ms]. */
const CHECK_MS = 1000

export interface Options {
  /** Where the shared worker's script is, of the same origin. Default: beside this module. */
  worker?: string | URL
  /** Ways to a hub, best first. Default: all that this browser has. */
  ways?: Way[]
}

/**
 * One tab's end of the stream that all tabs share.
 *
 * Whatever becomes of the hub, the tab finds another one and its readers join it with the
 * cursors they have. A page that is put to sleep leaves, and joins again when it wakes.
 */
export class Tab {
  readonly name = newName()
  #readers = new Map<string, Reader>()
  #line: Line | undefined
  #ways: Way[]
  #hub = ''
  #heardAt = Date.now()
  #askedAt: number | undefined
  #count = 0

  constructor(private readonly options: Options = {}) {
    this.#ways = [...(options.ways ?? waysHere())]
    void hold(lockOf(this.name)).then(() => this.#wake()) // so that a hub knows when we are gone
    setInterval(() => this.#check(), CHECK_MS)
    globalThis.addEventListener('online', () => this.#send({ type: 'hurry' }))
    globalThis.addEventListener('pagehide', () => this.#sleep())
    globalThis.addEventListener('pageshow', (event) => event.persisted && this.#wake())
    document.addEventListener('freeze', () => this.#sleep())
    document.addEventListener('resume', () => this.#wake())
  }

  /** The way this tab reaches its hub. */
  get way(): Way {
    return this.#ways[0] ?? 'own'
  }

  follow(source: string, wanted: Wanted): Reader {
    const name = `${this.name}/${this.#count++}`
    const reader = new Reader(name, source, wanted, (asked) => {
      if (asked.type === 'leave') this.#readers.delete(name)
      this.#send(asked)
    })
    this.#readers.set(name, reader)
    if (this.#hub) reader.join()
    return reader
  }

  #send(asked: Asked): void {
    this.#line?.send({ ...asked, tab: this.name })
  }

  #wake(): void {
    this.#line ??= this.#reach()
  }

  #sleep(): void {
    this.#send({ type: 'leave' })
    this.#line?.close()
    this.#line = undefined
    this.#hub = ''
  }

  #reach(): Line {
    const hear = (message: ToTab) => this.#hear(message)
    this.#heardAt = Date.now()
    if (this.way === 'leader') return toLeader(this.name, hear)
    if (this.way === 'own') return toOwn(hear)
    const url = this.options.worker ?? new URL(/* @vite-ignore */ './worker.js', import.meta.url)
    return toWorker(url, this.name, hear, () => this.#next())
  }

  /** This way is closed; take the next one. */
  #next(): void {
    this.#sleep()
    if (this.#ways.length > 1) this.#ways.shift()
    this.#wake()
  }

  #hear({ hub, to, told }: ToTab): void {
    if (told.type === 'hub') this.#found(hub)
    if (hub !== this.#hub) return // one that was ours; what it says has been said
    this.#heardAt = Date.now()
    this.#askedAt = undefined
    for (const name of to) this.#readers.get(name)?.take(told)
  }

  #found(hub: string): void {
    if (hub === this.#hub) return
    this.#hub = hub
    for (const reader of this.#readers.values()) reader.join()
  }

  #check(): void {
    if (!this.#line) return
    const now = Date.now()
    if (this.#askedAt !== undefined && now - this.#askedAt > ANSWER_MS) this.#unanswered()
    else if (this.#askedAt === undefined && now - this.#heardAt > ASK_MS) this.#ask(now)
    // In a hidden tab or a worker timers may be slow; where somebody looks they are not.
    const overdue = [...this.#readers.values()].some((one) => now - (one.retryAt ?? now) > CHECK_MS)
    if (overdue) this.#send({ type: 'hurry' })
  }

  #ask(now: number): void {
    this.#askedAt = now
    this.#send({ type: 'who' })
  }

  #unanswered(): void {
    this.#ask(Date.now())
    // A worker that has never said a word will not: it is blocked, or not ours.
    if (this.#hub || this.way !== 'worker') this.#line!.renew()
    else this.#next()
  }
}

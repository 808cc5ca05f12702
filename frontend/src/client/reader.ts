import { patternsOf } from './channels'
import { Ledger } from './ledger'
import type { Asked, Link, Told } from './messages'
import type { Change } from './protocol'
import { nextFrame, Store, type Flush, type Schedule } from './store'

export interface Wanted {
  /** Channels, comma-separated, `*` for any text; none means all, and only then are holes provable. */
  channels?: string
  /** Called once per frame at most, with the names of the channels that changed. */
  onFlush: Flush
  /** Called for every change, in order, once. */
  onChange?: (change: Change, cursor: string) => void
  /** Called for every snapshot: what comes next goes on from it, not from what was there before. */
  onSnapshot?: (cursor: string) => void
  schedule?: Schedule
}

/**
 * Follows channels of one source for as long as its page lives.
 *
 * What it wants never changes: to want other channels, follow those too, and stop what is
 * no longer wanted. That costs no other stream, and takes nothing from those who stay.
 */
export class Reader {
  readonly store: Store
  readonly ledger: Ledger
  readonly channels: readonly string[]
  link: Link = 'catching-up'
  /** When the next attempt is made [ms since 1970]; undefined while connected, or while the browser itself retries. */
  retryAt: number | undefined
  /** When the newest change or snapshot arrived [ms since 1970]. */
  newestAt: number | undefined
  /** Times the stream was lost and found again. */
  reconnects = 0
  /** The server has never heard of the source; it will be followed once somebody feeds it. */
  unknown = false
  /** The source was deleted; what is held of it is what it was. */
  deleted = false
  #turn = 0
  #joined = false

  constructor(
    readonly name: string,
    readonly source: string,
    private readonly wanted: Wanted,
    private readonly send: (asked: Asked) => void,
  ) {
    this.channels = patternsOf(wanted.channels)
    this.store = new Store(wanted.onFlush, wanted.schedule ?? nextFrame)
    this.ledger = new Ledger(this.channels.includes('*'))
  }

  /** Join the hub, from where we are. What was on its way for an earlier joining is not taken. */
  join(): void {
    this.#turn += 1
    this.#joined = false
    const { name: reader, source, channels } = this
    this.send({ type: 'join', reader, turn: this.#turn, source, channels, cursor: this.ledger.cursor })
  }

  /** Want nothing any more. */
  stop(): void {
    this.#joined = false
    this.send({ type: 'leave', reader: this.name })
  }

  take(told: Told): void {
    if (told.type === 'joined') this.#joined = told.turn === this.#turn
    else if (!this.#joined) return
    else if (told.type === 'change') this.#change(told.change, told.cursor)
    else if (told.type === 'snapshot') this.#snapshot(told)
    else if (told.type === 'forgotten') this.ledger.forget()
    else if (told.type === 'reached') this.#reached(told.cursors[this.source])
    else if (told.type === 'status') this.#status(told)
  }

  #snapshot({ cursor, channels }: Extract<Told, { type: 'snapshot' }>): void {
    this.ledger.replaced(cursor)
    this.store.replace(channels)
    this.newestAt = Date.now()
    this.wanted.onSnapshot?.(cursor)
  }

  #change(change: Change, cursor: string): void {
    const judged = this.ledger.judge(cursor)
    if (judged === 'repeat') return
    if (judged !== 'next') return this.join()
    this.store.apply(change.channel, change.data)
    this.newestAt = Date.now()
    this.wanted.onChange?.(change, cursor)
  }

  #reached(cursor: string | undefined): void {
    this.ledger.reached(cursor)
    this.store.touch()
  }

  #status(status: Extract<Told, { type: 'status' }>): void {
    this.link = status.link
    this.retryAt = status.retryAt
    this.reconnects = status.reconnects
    this.unknown = status.unknown
    this.deleted = status.deleted
    this.store.touch()
  }
}

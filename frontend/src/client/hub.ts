import { fullJitter } from './backoff'
import type { Connected, Listener } from './connection'
import { forked, parseCursor, type Cursor } from './cursor'
import type { Join } from './messages'
import { Place } from './place'
import type { Change, Heartbeat, Hello, Snapshot } from './protocol'
import { Wants, type Asking, type Deliver, type Want } from './wants'
import { brings, merged, same, urlOf, type Wish } from './wish'
import { browser, type World } from './world'

/** How long joins gather before the stream is opened for them [ms]: tabs come back together. */
const GATHER_MS = 30
/** How long a stream goes on bringing more than is wanted [ms]: a reload wants it back at once. */
const LINGER_MS = 5000
/** A reader further back than this is given the state instead of all that the others had twice. */
const REWIND_MOST = 10_000

/**
 * One stream for all readers of a browser: merges what they want, and hands each its part.
 *
 * It keeps no state, only how far the stream is in each source and how far each reader is.
 * A reader that comes to a source which is followed already is given the state by the server
 * and then the events after it; one that has a cursor gets the events after that. For either
 * the stream is opened anew where needed, from where it is, and nobody else notices.
 */
export class Hub implements Listener {
  #wants: Wants
  #places = new Map<string, Place>()
  #asked: Wish | undefined
  #connection: Connected
  #soon: ReturnType<typeof setTimeout> | undefined
  #later: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly deliver: Deliver,
    private readonly world: World = browser,
  ) {
    this.#wants = new Wants(deliver)
    this.#connection = world.connect(this)
  }

  join(join: Join): void {
    this.#wants.add(join)
    this.#soon ??= setTimeout(() => this.#settle(), GATHER_MS)
  }

  leave(reader: string): void {
    if (this.#wants.remove(reader)) this.#narrowLater()
  }

  /** Whoever waits for the server, waits no longer. */
  hurry(): void {
    this.#connection.hurry()
  }

  stop(): void {
    clearTimeout(this.#soon)
    clearTimeout(this.#later)
    this.#wants.clear()
    this.#connection.close()
  }

  url(): string {
    return urlOf(this.#asked!, this.#places)
  }

  hello(hello: Hello): void {
    for (const source of this.#asked!.sources) {
      const verdict = hello.sources[source]
      const place = this.#places.get(source)!
      if (!verdict || !place.ledger.agrees(verdict)) return this.#connection.retry()
      place.greeted(verdict)
      // The log is another one: what its readers had is not ahead of the snapshot to come.
      const over = !verdict.resumed && verdict.reason !== 'trimmed'
      if (over) this.#wants.forget(source)
    }
    this.#arrived()
  }

  snapshot(snapshot: Snapshot): void {
    this.#places.get(snapshot.source)!.replaced(snapshot.cursor)
    this.#wants.replace(snapshot)
    this.#arrived()
  }

  change(change: Change, id: string): void {
    const source = change.source ?? this.#asked!.sources[0]!
    const place = this.#places.get(source)!
    const before = place.arrived
    const judged = place.ledger.judge(this.#part(id, source))
    if (judged === 'repeat') return
    if (judged !== 'next') return this.#connection.retry()
    const at = place.ledger.at!
    if (this.#wants.forget(source, (had) => forked(had, at))) this.#soon ??= setTimeout(() => this.#settle(), GATHER_MS)
    this.#wants.pass(source, at, change)
    if (place.arrived && !before) this.#arrived()
  }

  heartbeat(beat: Heartbeat, id: string): void {
    const cursors: Record<string, string> = {}
    for (const source of this.#asked!.sources) {
      const place = this.#places.get(source)!
      const behind = place.isBehind(beat.top[source], this.#part(id, source))
      if (behind) return this.#connection.retry()
      cursors[source] = place.ledger.cursor
    }
    this.#wants.reached(cursors)
    this.#arrived()
  }

  turned(): void {
    for (const want of this.#wants) this.#tell(want)
  }

  /** An id has a part for each source, in the order they were asked for. */
  #part(id: string, source: string): string {
    return id.split('_')[this.#asked!.sources.indexOf(source)] ?? ''
  }

  /** Make the stream what all want together, and ask for the states that it will not bring. */
  #settle(): void {
    this.#soon = undefined
    const moved = [...this.#wants].filter((want) => !want.on && this.#moves(want)).length > 0
    const wish = merged(this.#wants)
    if (wish.sources.length && (moved || !brings(this.#asked, wish))) this.#open(wish)
    for (const want of this.#wants) {
      want.on = true
      const since = this.#places.get(want.source)?.ledger.at
      if (!want.at && !want.asking && since) void this.#ask(want, since)
      this.#tell(want)
    }
    if (this.#asked && !same(this.#asked, wish)) this.#narrowLater()
  }

  #narrowLater(): void {
    this.#later ??= setTimeout(() => this.#narrow(), LINGER_MS)
  }

  /** Move the place of the stream to where a new reader needs it, if it must be moved. */
  #moves(want: Want): boolean {
    const place = this.#places.get(want.source) ?? new Place()
    this.#places.set(want.source, place)
    const there = place.ledger.at
    if (!want.at) return false
    const back = there ? there.seq - want.at.seq : Infinity
    if (there && (there.epoch !== want.at.epoch || back > REWIND_MOST || forked(there, want.at))) want.at = undefined
    else if (back > 0) place.ledger.startAt(want.at)
    return want.at !== undefined && back > 0
  }

  /** Somebody left some time ago. */
  #narrow(): void {
    this.#later = undefined
    const wish = merged(this.#wants)
    if (!wish.sources.length) {
      this.#connection.close()
      this.#places.clear()
      this.#asked = undefined
    } else if (!this.#soon && this.#asked && !same(this.#asked, wish)) this.#open(wish)
  }

  #open(wish: Wish): void {
    this.#asked = wish
    for (const [source, place] of this.#places) {
      if (!wish.sources.includes(source)) this.#places.delete(source)
      place.ledger.whole = wish.channels.includes('*')
    }
    this.#connection.open()
  }

  /**
   * Get a state for a reader, once the stream brings all that it wants: so the state is not
   * older than the stream was then, and nothing lies between the state and the events after it.
   */
  async #ask(want: Want, since: Cursor): Promise<void> {
    const asking: Asking = { waiting: [] }
    want.asking = asking
    const state = await this.world.state(want.source, want.channels)
    if (want.asking !== asking || !this.#wants.has(want)) return
    const at = parseCursor(state?.cursor)
    if (state && at && at.epoch === since.epoch && at.seq >= since.seq) {
      this.#wants.begin(want, at, state.channels)
      this.#tell(want)
    } else setTimeout(() => this.#askAgain(want, asking), fullJitter(want.attempt++))
  }

  #askAgain(want: Want, asking: Asking): void {
    if (want.asking !== asking) return
    want.asking = undefined
    this.#settle()
  }

  #arrived(): void {
    if ([...this.#places.values()].some((place) => place.arrived)) this.#connection.good()
    this.turned()
  }

  /** Tell a reader how things stand, if that is news. */
  #tell(want: Want): void {
    const { lost, retryAt, reconnects } = this.#connection
    const place = this.#places.get(want.source)
    const arrived = want.on && want.at && place?.arrived
    const link = lost ? 'lost' : arrived ? 'live' : 'catching-up'
    const { unknown = false, deleted = false } = place ?? {}
    const status = { link, retryAt, reconnects, unknown, deleted } as const
    const said = JSON.stringify(status)
    if (said !== want.said) this.deliver([want.reader], { type: 'status', ...status })
    want.said = said
  }
}

import { matches, only } from './channels'
import { formatCursor, parseCursor, type Cursor } from './cursor'
import type { Join, Told } from './messages'
import type { Change, Rows, Snapshot } from './protocol'

export type Deliver = (to: readonly string[], told: Told) => void

/** What came while the state was asked for. */
export interface Asking {
  waiting: { cursor: Cursor; change: Change }[]
}

/** One reader, as the hub knows it. */
export interface Want extends Join {
  /** The stream brings all that it wants, from where it is. */
  on: boolean
  /** What the reader has; undefined until it is given a state. */
  at: Cursor | undefined
  asking: Asking | undefined
  /** How often its state could not be had. */
  attempt: number
  /** The status it was told last. */
  said: string
}

/** All readers of a hub: hands each what it wants and does not have yet. */
export class Wants {
  #wants = new Map<string, Want>()

  constructor(private readonly deliver: Deliver) {}

  [Symbol.iterator](): Iterator<Want> {
    return this.#wants.values()
  }

  of(source: string): Want[] {
    return [...this].filter((want) => want.source === source)
  }

  has(want: Want): boolean {
    return this.#wants.get(want.reader) === want
  }

  /** A reader joins, or joins again from elsewhere. */
  add(join: Join): Want {
    const at = parseCursor(join.cursor)
    const want = { ...join, at, on: false, asking: undefined, attempt: 0, said: '' }
    this.#wants.set(join.reader, want)
    this.deliver([join.reader], { type: 'joined', turn: join.turn })
    return want
  }

  remove(reader: string): boolean {
    return this.#wants.delete(reader)
  }

  clear(): void {
    this.#wants.clear()
  }

  /** The stream brought a state of a source; who is further than that has no use for it. */
  replace({ source, cursor, channels }: Snapshot): void {
    const at = parseCursor(cursor)!
    for (const want of this.of(source)) {
      const ahead = want.at?.epoch === at.epoch && want.at.seq >= at.seq
      if (want.on && !ahead) this.begin(want, at, only(channels, want.channels))
    }
  }

  /** Give a reader its state, and what came since that was asked for. */
  begin(want: Want, at: Cursor, channels: Record<string, Rows>): void {
    const waiting = want.asking?.waiting ?? []
    want.at = at
    want.asking = undefined
    this.deliver([want.reader], { type: 'snapshot', cursor: formatCursor(at), channels })
    for (const { cursor, change } of waiting) this.#give([want], cursor, change)
  }

  /** The log has another past than these readers of a source: they have nothing, until given a state. */
  forget(source: string, which: (at: Cursor) => boolean = () => true): boolean {
    const forgotten = this.of(source).filter((want) => want.at && which(want.at))
    for (const want of forgotten) want.at = undefined
    if (forgotten.length)
      this.deliver(
        forgotten.map((want) => want.reader),
        { type: 'forgotten' },
      )
    return forgotten.length > 0
  }

  /** Hand on a change. */
  pass(source: string, cursor: Cursor, change: Change): void {
    const wanting = this.of(source).filter((w) => w.on && matches(change.channel, w.channels))
    for (const want of wanting) if (!want.at) want.asking?.waiting.push({ cursor, change })
    this.#give(wanting, cursor, change)
  }

  /** Whatever was wanted up to these cursors was passed on. */
  reached(cursors: Record<string, string>): void {
    const to = [...this].filter((want) => want.on && want.at).map((want) => want.reader)
    this.deliver(to, { type: 'reached', cursors })
  }

  #give(wants: readonly Want[], cursor: Cursor, change: Change): void {
    const lacking = wants.filter((want) => want.at?.epoch === cursor.epoch && want.at.seq < cursor.seq)
    for (const want of lacking) want.at = cursor
    const to = lacking.map((want) => want.reader)
    if (to.length) this.deliver(to, { type: 'change', cursor: formatCursor(cursor), change })
  }
}

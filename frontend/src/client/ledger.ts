import { forked, formatCursor, parseCursor, type Cursor } from './cursor'
import type { Verdict } from './protocol'

/** What is to be done with an event: apply it, ignore it, or go back to the last good cursor. */
export type Judgement = 'next' | 'repeat' | 'hole' | 'foreign'

/**
 * Keeps count of what a reader had and should have had.
 *
 * `seq` has no holes over all channels of a source, so a reader of all channels can prove
 * that it missed nothing. A reader of some channels sees it jump and cannot (`whole` false).
 * That it had nothing else than what is in the log is proven by the link of its cursor.
 */
export class Ledger {
  #cursor: Cursor | undefined
  #highest = 0
  #skipped = 0
  /** Events taken, in order, each once. */
  seen = 0
  /** Events that came again and were ignored. */
  repeats = 0
  /** Times an event came too early and the stream was taken up again before it. */
  holes = 0
  /** Times the log turned out to have another past: what was had until then may not be in it. */
  pasts = 0
  /** Up to where the server has confirmed, by the chain of its log, that this is its past. */
  proven = ''

  constructor(public whole: boolean) {}

  get at(): Cursor | undefined {
    return this.#cursor
  }

  get cursor(): string {
    return this.#cursor ? formatCursor(this.#cursor) : ''
  }

  get seq(): number {
    return this.#cursor?.seq ?? -1
  }

  /** Events known to exist that were not had: jumped over by a snapshot, or not yet fetched again. */
  get missed(): number {
    return this.#skipped + Math.max(0, this.#highest - Math.max(this.seq, 0))
  }

  /** Does the server go on where this reader stopped? If not, it must be asked again. */
  agrees(verdict: Verdict): boolean {
    if (!verdict.resumed) return true
    return this.#cursor !== undefined && (!verdict.from || this.confirmed(verdict.from))
  }

  /** The server says that the log has come to a cursor: false if not by our way. */
  confirmed(text: string | undefined): boolean {
    const cursor = parseCursor(text)
    if (!cursor || !this.#cursor || cursor.epoch !== this.#cursor.epoch || cursor.seq !== this.seq) return false
    if (forked(cursor, this.#cursor)) return false
    this.proven = this.cursor
    return true
  }

  /** The log has another past: nothing is known until a snapshot comes. */
  forget(): void {
    if (this.#cursor) this.pasts += 1
    this.#cursor = undefined
    this.#highest = 0
    this.proven = ''
  }

  /** A snapshot replaces everything; events of the same log that it jumps over were missed. */
  replaced(text: string): void {
    const cursor = parseCursor(text)
    if (!cursor) throw new Error(`snapshot.cursor: got ${text}, want <epoch>.<seq>`)
    if (this.whole && this.#cursor?.epoch === cursor.epoch) {
      this.#skipped += Math.max(0, cursor.seq - this.seq)
    }
    this.startAt(cursor)
    this.proven = text
  }

  /** Go on after this cursor, earlier or later than before; nothing is counted. */
  startAt(cursor: Cursor): void {
    this.#cursor = cursor
    this.#highest = 0
  }

  /** Nothing that is wanted lies before this cursor. Only of use where seq may jump. */
  reached(text: string | undefined): void {
    const cursor = parseCursor(text)
    const further = cursor && cursor.epoch === this.#cursor?.epoch && cursor.seq > this.seq
    if (further && !this.whole) this.#cursor = cursor
    if (text) this.confirmed(text)
  }

  judge(id: string): Judgement {
    const cursor = parseCursor(id)
    if (!cursor || !this.#cursor || cursor.epoch !== this.#cursor.epoch) return 'foreign'
    if (cursor.seq <= this.seq) return this.#repeated()
    if (this.whole && cursor.seq > this.seq + 1) return this.#tooEarly(cursor.seq)
    this.#cursor = cursor
    this.seen += 1
    return 'next'
  }

  #repeated(): Judgement {
    this.repeats += 1
    return 'repeat'
  }

  #tooEarly(seq: number): Judgement {
    this.holes += 1
    this.#highest = Math.max(this.#highest, seq - 1)
    return 'hole'
  }
}

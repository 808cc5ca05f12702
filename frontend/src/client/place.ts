import { forked, parseCursor } from './cursor'
import { Ledger } from './ledger'
import type { Verdict } from './protocol'

/** How far the stream has come in one source, and how far it should be. */
export class Place {
  readonly ledger = new Ledger(false)
  /** The server has never heard of the source; it is followed once somebody feeds it. */
  unknown = false
  /** The source was deleted; it is followed again once somebody declares another of its name. */
  deleted = false
  #target = Infinity
  #topBefore = 0

  /** The state is live once it has reached what `hello` promised. */
  get arrived(): boolean {
    // Of some channels only, the promised seq may be of another one and never come.
    const near = this.ledger.whole ? this.ledger.seq >= this.#target : this.#target !== Infinity
    return this.ledger.at !== undefined && near
  }

  greeted(verdict: Verdict): void {
    this.deleted = verdict.reason === 'deleted'
    this.unknown = verdict.reason === 'unknown' && !verdict.to
    this.#target = verdict.resumed ? (parseCursor(verdict.to)?.seq ?? 0) : Infinity
  }

  replaced(cursor: string): void {
    this.ledger.replaced(cursor)
    this.unknown = this.deleted = false
    this.#target = 0
    this.#topBefore = 0
  }

  /**
   * @param top What the source has come to.
   * @param id What the stream has come to.
   * @returns Whether an event is missing, or is of another past: only what the beat before
   *   already announced must be here by now; the newest may be on its way.
   */
  isBehind(top: string | undefined, id: string | undefined): boolean {
    if (this.ledger.whole && this.ledger.seq < this.#topBefore) return true
    const [at, there] = [this.ledger.at, parseCursor(id)]
    if (at && there && forked(at, there)) return true
    const cursor = parseCursor(top)
    this.#topBefore = cursor && cursor.epoch === this.ledger.at?.epoch ? cursor.seq : 0
    this.ledger.reached(id)
    return false
  }
}

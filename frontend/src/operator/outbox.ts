import { CAP_MS, fullJitter } from '../client/backoff'
import type { Body, Door, Outcome, Refusal } from './api'

/** One thing an operator sent, and what became of it: queue and audit trail are the same list. */
export interface Item {
  readonly key: number
  /** When the operator pressed Enter [ms since 1970]. */
  readonly at: number
  readonly door: Door
  readonly body: Body
  readonly state: 'queued' | 'taken' | 'repeat' | 'refused'
  readonly why?: string
  readonly refusal?: Refusal
  readonly tries: number
}

/** Trail kept per browser; the log on the server has all of it. */
const MOST_KEPT = 200

/**
 * Sends one after the other, in order, and keeps trying what could not be delivered.
 *
 * A retry is the same body with the same uid and revision, so the server takes it once,
 * however often it arrives. What is refused is never sent again as it is.
 */
export class Outbox {
  #busy = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly send: (door: Door, body: Body) => Promise<Outcome>,
    private readonly changed: (items: readonly Item[]) => void,
    public items: readonly Item[] = [],
  ) {}

  /** Queue it; it is on the screen at once. */
  add(door: Door, body: Body, at = Date.now()): Item {
    const key = (this.items.at(-1)?.key ?? 0) + 1
    const item: Item = { key, at, door, body, state: 'queued', tries: 0 }
    this.#keep([...this.items, item])
    void this.pump()
    return item
  }

  /** Deliver what is queued; safe to call at any time. */
  async pump(): Promise<void> {
    if (this.#busy) return
    clearTimeout(this.#timer)
    this.#busy = true
    for (let next = this.#next(); next; next = this.#next()) {
      const outcome = await this.send(next.door, next.body)
      if (outcome.kind === 'later') {
        this.#replace({ ...next, tries: next.tries + 1, why: outcome.why })
        this.#later(outcome.waitMs ?? Math.max(500, fullJitter(next.tries)))
        break
      }
      const refused = outcome.kind === 'refused' ? outcome : { why: undefined, refusal: undefined }
      this.#replace({ ...next, ...without(refused), state: outcome.kind, tries: next.tries + 1 })
    }
    this.#busy = false
  }

  #next(): Item | undefined {
    return this.items.find((item) => item.state === 'queued')
  }

  #later(waitMs: number): void {
    if (waitMs === Infinity) return
    this.#timer = setTimeout(() => void this.pump(), Math.min(waitMs, 3 * CAP_MS))
  }

  #replace(item: Item): void {
    this.#keep(this.items.map((other) => (other.key === item.key ? item : other)))
  }

  #keep(items: readonly Item[]): void {
    const surplus = items.length - MOST_KEPT
    // What is still to be sent is never dropped, however long the trail has become.
    this.items = items.filter((item, i) => i >= surplus || item.state === 'queued')
    this.changed(this.items)
  }
}

function without(outcome: { why?: string | undefined; refusal?: Refusal | undefined }) {
  return {
    ...(outcome.why !== undefined && { why: outcome.why }),
    ...(outcome.refusal && { refusal: outcome.refusal }),
  }
}

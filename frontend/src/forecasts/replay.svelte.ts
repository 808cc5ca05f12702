import type { PastLap } from '../figures/past'
import { fetchLap, NoLap } from './laps'

/** Past laps kept, so that going back and forth asks for nothing twice. */
const MOST_KEPT = 60

/**
 * Which lap the page shows: the live one, or an earlier one as it stood.
 *
 * One lap is asked for at a time; while one is on its way the newest wish waits, so a slider
 * that is dragged shows laps on its way and ends where it was let go.
 */
export class Replay {
  /** The lap wished for; undefined is live. */
  wanted = $state.raw<number | undefined>()
  /** The lap shown; undefined is live. */
  past = $state.raw<PastLap | undefined>()
  /** Why the lap wished for is not shown. */
  failed = $state.raw<string | undefined>()
  #kept = new Map<number, PastLap>()
  #asking = false
  #revision = 0
  /** The lap asked for whose answer is shown; undefined asks again. */
  #shown: number | undefined

  constructor(private readonly source: string) {}

  go(lap: number): void {
    this.wanted = lap
    this.failed = undefined
    void this.#ask()
  }

  live(): void {
    this.wanted = undefined
    this.past = undefined
    this.#shown = undefined
    this.failed = undefined
  }

  /** A correction of the past changes past laps: forget those kept, and ask again for the one shown. */
  corrected(revision: number): void {
    if (revision === this.#revision) return
    this.#revision = revision
    this.#kept.clear()
    if (this.wanted === undefined) return
    this.#shown = undefined
    void this.#ask()
  }

  /** A past lap, also without showing it. Raises `NoLap`. */
  async fetch(lap: number): Promise<PastLap> {
    const kept = this.#kept.get(lap) ?? (await fetchLap(this.source, lap))
    this.#kept.delete(lap)
    this.#kept.set(lap, kept)
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!)
    return kept
  }

  async #ask(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    try {
      while (this.wanted !== undefined && this.wanted !== this.#shown && !this.failed) await this.#one(this.wanted)
    } finally {
      this.#asking = false
    }
  }

  async #one(lap: number): Promise<void> {
    this.#shown = lap
    try {
      const past = await this.fetch(lap)
      if (this.wanted !== undefined) this.past = past
    } catch (error) {
      this.#shown = undefined
      if (!(error instanceof NoLap)) throw error
      if (this.wanted === lap) this.failed = error.message
    }
  }
}

/** How a figure moves: what it was a while ago, as far back as the page remembers. */

interface Moment {
  ms: number
  value: number
}

/** Moments that are kept at most, so that no page grows. */
const MOST = 120

/** Remembers a figure for a while, and says how much it has risen since; below 0 it has fallen. */
export class Trend {
  #kept: Moment[] = []

  constructor(private readonly overMs: number) {}

  /** @returns The rise, and over what time [ms]. */
  take(ms: number, value: number): { rise: number; overMs: number } {
    if (ms < (this.#kept.at(-1)?.ms ?? ms)) this.#kept = [] // another clock: a source that began anew
    const last = this.#kept.at(-1)
    if (last && ms - last.ms < this.overMs / MOST) last.value = value
    else this.#kept.push({ ms, value })
    while (this.#kept.length > 2 && this.#kept[1]!.ms <= ms - this.overMs) this.#kept.shift()
    const first = this.#kept[0]!
    return { rise: value - first.value, overMs: ms - first.ms }
  }
}

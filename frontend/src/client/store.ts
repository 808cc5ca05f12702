import { patchInto } from './patch'
import type { Json, Rows } from './protocol'

/** Told once per frame: which channels changed since the last time. */
export type Flush = (changed: ReadonlySet<string>) => void

/** Run soon, once, before the next paint; also in a hidden tab, where frames stop. */
export type Schedule = (run: () => void) => void

export const nextFrame: Schedule = (run) => {
  if (typeof document !== 'undefined' && !document.hidden) requestAnimationFrame(run)
  else setTimeout(run, 250)
}

/**
 * The state of one source: channel → rows.
 *
 * Changes are applied as they come, into copies, and shown once per frame. What a flush
 * hands out is never written to again: the first change after it copies the channel.
 */
export class Store {
  #channels: Record<string, Rows> = {}
  #changed = new Set<string>()
  #flushAsked = false

  constructor(
    private readonly flush: Flush,
    private readonly schedule: Schedule = nextFrame,
  ) {}

  get channels(): Readonly<Record<string, Rows>> {
    return this.#channels
  }

  rows<R = Json>(channel: string): Rows<R> {
    return (this.#channels[channel] ?? {}) as Rows<R>
  }

  /** Take a snapshot in place of everything; channels it lacks are gone. */
  replace(channels: Record<string, Rows>): void {
    for (const name of Object.keys(this.#channels)) this.#changed.add(name)
    this.#channels = {}
    for (const [name, rows] of Object.entries(channels)) {
      this.#changed.add(name)
      this.#channels[name] = { ...rows } // a snapshot may be for several readers; this is ours
    }
    this.touch()
  }

  apply(channel: string, patch: Rows): void {
    if (!this.#changed.has(channel)) this.#channels[channel] = { ...this.#channels[channel] }
    this.#changed.add(channel)
    patchInto((this.#channels[channel] ??= {}), patch)
    this.touch()
  }

  /** Ask for a flush even if no row changed (the connection did). */
  touch(): void {
    if (this.#flushAsked) return
    this.#flushAsked = true
    this.schedule(() => this.#run())
  }

  #run(): void {
    const changed = this.#changed
    this.#changed = new Set()
    this.#flushAsked = false
    this.flush(changed)
  }
}

import type { Reader } from '../client'
import type { Race } from '../figures/race'
import { newTab } from '../page/tab'
import { raceOf } from './api'

/** How many races are followed; the others are asked for. Every event has a cursor for each. */
const MOST = 8

/** The races of the list as they are now. */
export class Races {
  known = $state.raw<Record<string, Race | undefined>>({})
  #tab = newTab()
  #readers = new Map<string, Reader>()

  /** Follow the first of these sources, and ask how the others are. */
  async follow(sources: readonly string[]): Promise<void> {
    const followed = sources.slice(0, MOST)
    for (const [source, reader] of this.#readers) if (!followed.includes(source)) this.#forget(source, reader)
    for (const source of followed) if (!this.#readers.has(source)) this.#begin(source)
    const others = sources.slice(MOST).map(async (source) => [source, await raceOf(source)] as const)
    const asked = Object.fromEntries(await Promise.all(others))
    this.known = { ...this.known, ...asked }
  }

  #begin(source: string): void {
    const onFlush = () => (this.known = { ...this.known, [source]: reader.store.rows('race') })
    const reader = this.#tab.follow(source, { channels: 'race', onFlush })
    this.#readers.set(source, reader)
  }

  #forget(source: string, reader: Reader): void {
    reader.stop()
    this.#readers.delete(source)
  }
}

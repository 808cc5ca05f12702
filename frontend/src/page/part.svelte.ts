import { keep, kept } from './kept'

/**
 * Which part of a page is shown: the one that its address asks for (`#forecasts`), else the
 * one that was shown last. The first is the usual one, and has no mark in the address.
 */
export class Part<T extends string> {
  value: T = $state()!

  constructor(
    private readonly name: string,
    private readonly parts: readonly [T, ...T[]],
  ) {
    const last = kept<T>(name, parts[0])
    this.value = this.#asked() ?? (parts.includes(last) ? last : parts[0])
  }

  #asked(): T | undefined {
    return this.parts.find((part) => location.hash === `#${part}`)
  }

  /** Keep it, and let address and part follow each other; call it while a component is set up. */
  follow(): void {
    $effect(() => {
      keep(this.name, this.value)
      if ((this.#asked() ?? this.parts[0]) === this.value) return
      const usual = this.value === this.parts[0]
      history.replaceState(null, '', usual ? location.pathname + location.search : `#${this.value}`)
    })
    $effect(() => {
      const asked = () => (this.value = this.#asked() ?? this.value)
      window.addEventListener('hashchange', asked)
      return () => window.removeEventListener('hashchange', asked)
    })
  }
}

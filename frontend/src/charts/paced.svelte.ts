import { untrack } from 'svelte'

/**
 * A value that follows another at most once every `ms`: charts need not be drawn as often
 * as figures change. Call it while a component is set up.
 */
export function paced<T>(get: () => T, ms: number): { readonly value: T } {
  let value = $state.raw(untrack(get))
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = 0

  $effect(() => {
    get()
    timer ??= setTimeout(
      () => {
        timer = undefined
        last = performance.now()
        value = untrack(get)
      },
      Math.max(0, ms - (performance.now() - last)),
    )
  })
  $effect(() => () => clearTimeout(timer))

  return {
    get value() {
      return value
    },
  }
}

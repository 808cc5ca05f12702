import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paced } from './paced.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** @returns How to set the value that is followed, what follows it, and how to stop. */
function follow(ms: number) {
  let value = $state(1)
  let shown!: { readonly value: number }
  const stop = $effect.root(() => {
    shown = paced(() => value, ms)
  })
  const set = (next: number) => {
    value = next
    flushSync()
  }
  flushSync()
  return { set, shown: () => shown.value, stop }
}

test('what is paced has its value at once, and a new one at most once in its time', () => {
  const { set, shown, stop } = follow(100)
  expect(shown()).toBe(1)
  vi.advanceTimersByTime(100)
  for (const next of [2, 3]) set(next)
  vi.advanceTimersByTime(99)
  expect(shown()).toBe(1)
  vi.advanceTimersByTime(1)
  expect(shown()).toBe(3)
  stop()
})

test('what is paced changes no more once its component is gone', () => {
  const { set, shown, stop } = follow(100)
  vi.advanceTimersByTime(200)
  set(2)
  stop()
  vi.advanceTimersByTime(200)
  expect(shown()).toBe(1)
})

import { flushSync } from 'svelte'
import { beforeEach, expect, test } from 'vitest'
import { stubWindow } from '../page/testing/window'
import { View } from './view.svelte'

beforeEach(() => void stubWindow())

test('all laps are shown, or the last of them, and never fewer than ten', () => {
  const view = new View()
  expect([view.laps(120), view.laps(3)]).toEqual([
    [1, 120],
    [1, 10],
  ])
  view.span = '50'
  expect([view.laps(120), view.laps(30)]).toEqual([
    [70, 120],
    [1, 30],
  ])
})

test('what was chosen is there again on the next visit', () => {
  const stop = $effect.root(() => {
    const view = new View()
    view.keep()
    view.span = '150'
  })
  flushSync()
  stop()
  expect(new View().span).toBe('150')
})

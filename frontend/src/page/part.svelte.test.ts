import { flushSync } from 'svelte'
import { afterEach, expect, test } from 'vitest'
import { keep } from './kept'
import { Part } from './part.svelte'
import { stubWindow } from './testing/window'

const PARTS = ['race', 'forecasts', 'scorecard'] as const
let stop = () => {}
afterEach(() => stop())

function follow(): Part<(typeof PARTS)[number]> {
  let part!: Part<(typeof PARTS)[number]>
  stop = $effect.root(() => {
    part = new Part('part', PARTS)
    part.follow()
  })
  flushSync()
  return part
}

test('the part that the address asks for is shown, else the last one, else the first', () => {
  stubWindow('/race/bristol#forecasts')
  keep('part', 'scorecard')
  expect(new Part('part', PARTS).value).toBe('forecasts')
  stubWindow()
  expect(new Part('part', PARTS).value).toBe('race')
  keep('part', 'scorecard')
  expect(new Part('part', PARTS).value).toBe('scorecard')
  keep('part', 'a part of long ago')
  expect(new Part('part', PARTS).value).toBe('race')
})

test('the address follows the part, and the usual one has no mark in it', () => {
  stubWindow('/race/bristol?a=b')
  const part = follow()
  part.value = 'forecasts'
  flushSync()
  expect(location.href).toBe('http://here/race/bristol?a=b#forecasts')
  part.value = 'race'
  flushSync()
  expect(location.href).toBe('http://here/race/bristol?a=b')
})

test('the part follows the address', () => {
  const window = stubWindow()
  const part = follow()
  location.hash = '#scorecard'
  window.dispatchEvent(new Event('hashchange'))
  expect(part.value).toBe('scorecard')
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tellChange, tellState } from '../page/testing/tab'
import { stubFetch, stubWindow } from '../page/testing/window'
import { LiveSource } from './live.svelte'

vi.mock('../page/tab', () => import('../page/testing/tab'))

const URL = '/api/v1/sources/schools'
const declared = (version: number) => ({
  source: 'schools',
  version,
  spec: { kind: 'declared', entries: {}, stats: [{ name: 'when', kind: 'timed', by: [], every_s: [60] }] },
})

beforeEach(() => {
  vi.useFakeTimers()
  stubWindow()
})
afterEach(() => void vi.useRealTimers())

test('a declaration is asked for each second while there is none, then seldom', async () => {
  stubFetch({})
  const live = new LiveSource('schools')
  const stop = live.watch()
  await vi.advanceTimersByTimeAsync(500)
  const fetch = stubFetch({ [URL]: declared(1) })
  await vi.advanceTimersByTimeAsync(600)
  expect(live.declared!.version).toBe(1)
  await vi.advanceTimersByTimeAsync(9000)
  expect(fetch).toHaveBeenCalledTimes(1)
  stubFetch({ [URL]: declared(2) })
  await vi.advanceTimersByTimeAsync(2000)
  expect(live.declared!.version).toBe(2)
  stop()
})

test('the newest time is that of the newest change, however they come', () => {
  stubFetch({})
  const live = new LiveSource('schools')
  tellState('schools', { mean: {} })
  tellChange('schools', 'mean', { a: {} }, 'k1.2', 5000)
  tellChange('schools', 'mean', { a: {} }, 'k1.3', 4000)
  expect(live.newestMs).toBe(5000)
})

test('who has just come knows the time from the newest bucket', async () => {
  stubFetch({ [URL]: declared(1) })
  const live = new LiveSource('schools')
  tellState('schools', { when: { '60/100': 1, '60/101': 2 } })
  const stop = live.watch()
  await vi.advanceTimersByTimeAsync(0)
  expect(live.newestMs).toBe(6_060_000)
  stop()
})

test('another past has another time', () => {
  stubFetch({})
  const live = new LiveSource('schools')
  tellState('schools', {})
  tellChange('schools', 'mean', { a: {} }, 'k1.2', 5000)
  tellState('schools', { mean: {} }, 'k2.1')
  expect(live.newestMs).toBeUndefined()
})

test('channels that did not change stay the same objects', () => {
  stubFetch({})
  const live = new LiveSource('schools')
  tellState('schools', { mean: { a: {} }, best: { a: {} } })
  const { mean, best } = live.channels
  tellChange('schools', 'mean', { b: {} }, 'k1.2')
  expect([live.channels.mean === mean, live.channels.best === best]).toEqual([false, true])
})

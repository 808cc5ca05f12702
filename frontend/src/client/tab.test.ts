import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Tab } from './tab'
import { FakeEventSource } from './testing/eventsource'

/** How long joins gather, and more. */
const SOON_MS = 50
let page: EventTarget

beforeEach(() => {
  vi.useFakeTimers()
  page = new EventTarget()
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: true }))
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('EventSource', FakeEventSource)
  FakeEventSource.opened = []
})
afterEach(() => {
  page.dispatchEvent(new Event('pagehide'))
  vi.useRealTimers()
})

const newTab = () => new Tab({ ways: ['own'] })
const open = () => FakeEventSource.opened.filter(({ readyState }) => readyState !== FakeEventSource.CLOSED)

describe('a tab', () => {
  test('opens one stream for all that it follows', async () => {
    const tab = newTab()
    tab.follow('a', { channels: 'race', onFlush: () => {} })
    tab.follow('b', { channels: 'race', onFlush: () => {} })
    await vi.advanceTimersByTimeAsync(SOON_MS)
    expect(open().map(({ url }) => url)).toEqual(['/api/v1/events?source=a&source=b&channels=race'])
  })
  test('hands a reader what its stream brings', async () => {
    const onFlush = vi.fn()
    const reader = newTab().follow('a', { channels: 'race', onFlush, schedule: (run) => run() })
    await vi.advanceTimersByTimeAsync(SOON_MS)
    const verdict = { resumed: false, reason: 'fresh', to: 'k1.4' }
    FakeEventSource.newest.say('hello', { cursor: 'k1.4', server_ms: 0, sources: { a: verdict } })
    FakeEventSource.newest.say('snapshot', { source: 'a', cursor: 'k1.4', channels: { race: { lap: 3 } } })
    expect([reader.store.channels, reader.link]).toEqual([{ race: { lap: 3 } }, 'live'])
  })
  test('lets go of its stream when it is put to sleep, and has one again when it wakes', async () => {
    const tab = newTab()
    tab.follow('a', { onFlush: () => {} })
    await vi.advanceTimersByTimeAsync(SOON_MS)
    page.dispatchEvent(new Event('pagehide'))
    expect(open()).toEqual([])
    page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    await vi.advanceTimersByTimeAsync(SOON_MS)
    expect(open()).toHaveLength(1)
  })
  test('tries at once when the network is back', async () => {
    const tab = newTab()
    tab.follow('a', { onFlush: () => {} })
    await vi.advanceTimersByTimeAsync(SOON_MS)
    FakeEventSource.newest.say('bye', { reason: 'restart', retry_ms: 8000 })
    page.dispatchEvent(new Event('online'))
    expect(open()).toHaveLength(1)
  })
  test('takes the next way where the worker never says a word', async () => {
    const port = { postMessage: () => {}, close: () => {} }
    vi.stubGlobal('SharedWorker', function () {
      return { port }
    })
    const tab = new Tab({ worker: '/worker.js', ways: ['worker', 'own'] })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(tab.way).toBe('worker')
    await vi.advanceTimersByTimeAsync(15_000)
    expect(tab.way).toBe('own')
  })
})

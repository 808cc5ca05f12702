import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stubFetch, stubWindow } from '../page/testing/window'
import { Notices } from './notices.svelte'

const ALL = '/api/v1/sources/a%20b/webhooks?limit=100'
const RESEND = '/api/v1/sources/a%20b/webhooks/n%2F1/resend'
const told = { counts: { pending: 0, delivered: 0, dead: 1 }, notices: [] }

beforeEach(() => {
  vi.useFakeTimers()
  stubWindow()
})
afterEach(() => void vi.useRealTimers())

test('notices are asked for again and again while the page is seen, until it is stopped', async () => {
  const fetch = stubFetch({ [ALL]: told })
  const notices = new Notices('a b')
  const stop = notices.watch()
  await vi.advanceTimersByTimeAsync(4100)
  expect([notices.told, fetch.mock.calls.length]).toEqual([told, 3])
  Object.assign(document, { hidden: true })
  await vi.advanceTimersByTimeAsync(4000)
  expect(fetch).toHaveBeenCalledTimes(3)
  Object.assign(document, { hidden: false })
  stop()
  await vi.advanceTimersByTimeAsync(4000)
  expect(fetch).toHaveBeenCalledTimes(3)
})

test('what was told stays while nothing newer can be had, and it is said why', async () => {
  stubFetch({ [ALL]: told })
  const notices = new Notices('a b')
  const stop = notices.watch()
  await vi.advanceTimersByTimeAsync(0)
  for (const [routes, why] of [
    [{}, 'not as of now: no connection'],
    [
      { [ALL]: new Response('', { status: 503, statusText: 'Service Unavailable' }) },
      'not as of now: Service Unavailable',
    ],
    [{ [ALL]: new Response('<html>') }, expect.stringMatching(/^not as of now: .*JSON/)],
    [{ [ALL]: told }, ''],
  ] as const) {
    stubFetch(routes)
    await vi.advanceTimersByTimeAsync(2000)
    expect([notices.told, notices.trouble]).toEqual([told, why])
  }
  stop()
})

test('a dead notice is sent again, or it is said why not', async () => {
  const notices = new Notices('a b')
  const fetch = stubFetch({ [RESEND]: {}, [ALL]: told })
  await notices.resend('n/1')
  expect([fetch.mock.calls.map(([url]) => url), notices.unsent]).toEqual([[RESEND, ALL], ''])
  stubFetch({ [RESEND]: new Response('', { status: 409, statusText: 'Conflict' }) })
  await notices.resend('n/1')
  expect(notices.unsent).toBe('not sent again: Conflict')
  stubFetch({})
  await notices.resend('n/1')
  expect(notices.unsent).toBe('not sent again: no connection')
})

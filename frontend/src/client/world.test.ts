import { expect, test, vi } from 'vitest'
import { browser } from './world'

const SNAPSHOT = { source: 'a b', cursor: 'k1.4', channels: {} }

test('a state is asked for by source and channels', async () => {
  const fetch = vi.fn((_: string) => Promise.resolve(Response.json(SNAPSHOT)))
  vi.stubGlobal('fetch', fetch)
  expect(await browser.state('a b', ['race', 'laps/*'])).toEqual(SNAPSHOT)
  expect(fetch.mock.lastCall![0]).toBe('/api/v1/sources/a%20b/state?channels=race%2Claps%2F*')
})

test.each([
  ['the server cannot', () => Promise.resolve(new Response('', { status: 503 }))],
  ['the network is away', () => Promise.reject(new TypeError('no network'))],
])('a state cannot be had where %s, and nothing is thrown', async (_, answer) => {
  vi.stubGlobal('fetch', answer)
  expect(await browser.state('a', ['*'])).toBeUndefined()
})

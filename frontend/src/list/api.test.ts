import { expect, test } from 'vitest'
import { stubFetch } from '../page/testing/window'
import { raceOf, sources } from './api'

test('all sources are told, and nothing while the server does not answer', async () => {
  stubFetch({ '/api/v1/sources': { sources: [{ source: 'bristol' }] } })
  expect(await sources()).toEqual([{ source: 'bristol' }])
  stubFetch({ '/api/v1/sources': new Response('', { status: 503 }) })
  expect(await sources()).toBeUndefined()
  stubFetch({})
  expect(await sources()).toBeUndefined()
})

test('a race is told as it is now, and nothing of a source without one', async () => {
  const url = '/api/v1/sources/a%20b/state?channels=race'
  stubFetch({ [url]: { channels: { race: { lap: 3 } } } })
  expect(await raceOf('a b')).toEqual({ lap: 3 })
  stubFetch({ [url]: { channels: {} } })
  expect(await raceOf('a b')).toBeUndefined()
})

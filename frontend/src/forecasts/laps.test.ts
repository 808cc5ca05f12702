import { expect, test } from 'vitest'
import { stubFetch } from '../page/testing/window'
import { fetchLap, fetchSpan, NoLap } from './laps'

const LAPS = '/api/v1/sources/a%20b/laps'

test('a past lap is had by its number', async () => {
  stubFetch({ [`${LAPS}/7`]: { lap: 7 } })
  expect(await fetchLap('a b', 7)).toEqual({ lap: 7 })
})

test('the first and the last lap are told, and none where no lap was run', async () => {
  stubFetch({ [LAPS]: { laps: [3, 4, 5] } })
  expect(await fetchSpan('a b')).toEqual([3, 5])
  stubFetch({ [LAPS]: { laps: [] } })
  expect(await fetchSpan('a b')).toBeUndefined()
})

test('a lap that cannot be had says why, in words for people', async () => {
  const problem = Response.json({ title: 'Not found', detail: 'lap 7 was not kept' }, { status: 404 })
  stubFetch({ [`${LAPS}/7`]: problem, [`${LAPS}/8`]: new Response('<html>', { status: 502 }) })
  await expect(fetchLap('a b', 7)).rejects.toThrow(new NoLap('lap 7 was not kept'))
  await expect(fetchLap('a b', 8)).rejects.toThrow(new NoLap('The server did not answer'))
  await expect(fetchLap('a b', 9)).rejects.toThrow(NoLap)
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stubFetch, stubWindow } from '../page/testing/window'
import { EVERY_MS, LATELY_MS, Poll } from './poll.svelte'

const URL = '/api/v1/status'
const status = (server_ms: number, deliveries: number) => ({
  server_ms,
  metrics: { pitlive_deliveries_total: [{ labels: {}, value: deliveries }] },
})
let stop = () => {}

beforeEach(() => {
  vi.useFakeTimers()
  stubWindow()
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

/** Ask `times` times; each answer is two seconds and ten deliveries further. */
async function poll(times: number): Promise<Poll> {
  const made = new Poll()
  for (let n = 0; n < times; n++) {
    stubFetch({ [URL]: status(n * 2000, n * 10) })
    if (n === 0) stop = made.start()
    await vi.advanceTimersByTimeAsync(n === 0 ? 0 : EVERY_MS)
  }
  return made
}

test('each step between two answers has its figures, and one answer has none', async () => {
  expect((await poll(1)).deliveries).toEqual([])
  stop()
  const made = await poll(3)
  expect([made.deliveries, made.lag]).toEqual([
    [5, 5],
    [undefined, undefined],
  ])
})

test('what is kept is the last minute', async () => {
  const made = await poll(40)
  expect(made.span!.now.server_ms - made.span!.then!.server_ms).toBe(LATELY_MS)
})

test('an answer that came before is no step', async () => {
  const made = await poll(1)
  await vi.advanceTimersByTimeAsync(EVERY_MS)
  expect(made.answers).toHaveLength(1)
})

test('a server that does not answer is said to be lost until it does', async () => {
  const made = await poll(1)
  stubFetch({})
  await vi.advanceTimersByTimeAsync(EVERY_MS)
  expect([made.lost, made.answers.length]).toEqual([true, 1])
  stubFetch({ [URL]: status(9000, 0) })
  await vi.advanceTimersByTimeAsync(EVERY_MS)
  expect([made.lost, made.answers.length]).toEqual([false, 2])
})

test('nothing is asked after it was stopped', async () => {
  await poll(1)
  stop()
  const fetch = stubFetch({})
  await vi.advanceTimersByTimeAsync(10 * EVERY_MS)
  expect(fetch).not.toHaveBeenCalled()
})

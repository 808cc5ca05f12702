import { expect, test, vi } from 'vitest'
import type { Forecasts } from '../figures/forecast'
import { History, lapOf } from './history.svelte'
import { NoLap } from './laps'
import type { Replay } from './replay.svelte'

const of = (lap: number): Forecasts => ({ win: { lap, ahead: [0], cars: ['24'], value: [[0.5]] } })

/** Past laps that can be had; each is counted. */
function replayOf(fetch: (lap: number) => Promise<unknown>) {
  const fetched = vi.fn(fetch)
  return { fetched, replay: { fetch: fetched } as unknown as Replay }
}

test('the lap is that of the forecasts, else that of the race, else none', () => {
  const race = { lap: 9 }
  expect([
    lapOf({ forecasts: of(8), race }),
    lapOf({ forecasts: {}, race }),
    lapOf({ forecasts: {}, race: {} }),
  ]).toEqual([8, 9, 0])
})

test('a version rises when there is something new to draw, and only then', () => {
  const history = new History()
  history.take(of(3))
  history.take(of(3))
  expect(history.version).toBe(1)
})

test('the laps before the page was opened are asked for, once each, without those that are there', async () => {
  const { fetched, replay } = replayOf((lap) => Promise.resolve({ forecasts: of(lap) }))
  const history = new History()
  history.take(of(3))
  await Promise.all([history.fill(replay, 6, () => false), history.fill(replay, 6, () => false)])
  expect(fetched.mock.calls.map(([lap]) => lap).sort()).toEqual([1, 2, 4, 5])
})

test('a lap that nobody has stays a hole, and the others are asked for all the same', async () => {
  const { fetched, replay } = replayOf(() => Promise.reject(new NoLap('gone')))
  const history = new History()
  await history.fill(replay, 4, () => false)
  expect([fetched.mock.calls.length, history.timeline.size]).toEqual([3, 0])
})

test('nothing is asked for any more once it was stopped', async () => {
  const { fetched, replay } = replayOf((lap) => Promise.resolve({ forecasts: of(lap) }))
  await new History().fill(replay, 9, () => fetched.mock.calls.length === 2)
  expect(fetched).toHaveBeenCalledTimes(2)
})

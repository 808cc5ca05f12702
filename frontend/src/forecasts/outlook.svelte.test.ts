import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveRace } from '../page/live.svelte'
import { tellChange, tellState } from '../page/testing/tab'
import { stubFetch, stubWindow } from '../page/testing/window'
import { Outlook } from './outlook.svelte'

vi.mock('../page/tab', () => import('../page/testing/tab'))

const LAPS = '/api/v1/sources/bristol/laps'
const win = (lap: number) => ({ win: { lap, ahead: [0], cars: ['24'], value: [[0.5]] } })
const answers = {
  [LAPS]: { laps: [2, 3, 4] },
  ...Object.fromEntries([1, 2, 3, 4].map((lap) => [`${LAPS}/${lap}`, { lap, forecasts: win(lap) }])),
}
let stop = () => {}
beforeEach(() => void stubWindow())
afterEach(() => stop())

/** A race in its lap 4, whose forecasts are looked at or not. */
function outlook(open: boolean): Outlook {
  let made!: Outlook
  stop = $effect.root(() => {
    made = new Outlook(new LiveRace('bristol'))
    made.gather(() => open)
  })
  tellState('bristol', { race: { lap: 4 }, forecasts: win(4) })
  flushSync()
  return made
}

test('what comes is gathered, and the first lap that can be looked back at is asked for', async () => {
  const fetch = stubFetch(answers)
  const { history, ...made } = outlook(false)
  expect(history.timeline.has(4)).toBe(true)
  await vi.waitFor(() => expect(fetch.mock.calls.map(([url]) => url)).toEqual([LAPS]))
  expect(made.replay.past).toBeUndefined()
})

test('past laps are asked for once forecasts are looked at', async () => {
  stubFetch(answers)
  const made = outlook(true)
  await vi.waitFor(() => expect([made.history.timeline.size, made.first]).toEqual([4, 2]))
})

test('a server that has no past laps stops nothing', async () => {
  const fetch = stubFetch({})
  const made = outlook(true)
  await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(4))
  expect([made.first, made.history.timeline.size]).toEqual([1, 1])
})

test('a corrected past is asked for anew while a lap of it is shown', async () => {
  const fetch = stubFetch(answers)
  const made = outlook(false)
  made.replay.go(3)
  await vi.waitFor(() => expect(made.replay.past).toBeDefined())
  fetch.mockClear()
  tellChange('bristol', 'forecasts', { win: { ...win(4).win, revision: 1 } }, 'k1.2')
  flushSync()
  await vi.waitFor(() => expect(fetch.mock.calls.map(([url]) => url)).toContain(`${LAPS}/3`))
})

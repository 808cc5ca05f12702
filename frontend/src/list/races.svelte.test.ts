import { expect, test, vi } from 'vitest'
import { readers, tellState } from '../page/testing/tab'
import { stubFetch } from '../page/testing/window'
import { Races } from './races.svelte'

vi.mock('../page/tab', () => import('../page/testing/tab'))

const NAMES = Array.from({ length: 10 }, (_, n) => `race-${n}`)

test('the first eight races are followed, and the others asked for', async () => {
  stubFetch({ '/api/v1/sources/race-8/state?channels=race': { channels: { race: { lap: 8 } } } })
  const races = new Races()
  await races.follow(NAMES)
  expect([...readers.keys()]).toEqual(NAMES.slice(0, 8))
  tellState('race-0', { race: { lap: 1 } })
  expect([races.known['race-0'], races.known['race-8'], races.known['race-9']]).toEqual([
    { lap: 1 },
    { lap: 8 },
    undefined,
  ])
})

test('a race that is no longer among the first is left, and one that is now is followed', async () => {
  stubFetch({})
  readers.clear()
  const races = new Races()
  await races.follow(['a', 'b'])
  await races.follow(['b', 'c'])
  expect([...readers.keys()]).toEqual(['b', 'c'])
})

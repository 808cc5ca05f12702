import { beforeEach, expect, test, vi } from 'vitest'
import { LiveRace } from './live.svelte'
import { readers, tell, tellChange, tellState } from './testing/tab'
import { stubWindow } from './testing/window'

vi.mock('./tab', () => import('./testing/tab'))
beforeEach(() => void stubWindow())

test('a race has the rows of its channels, and those of each car under its number', () => {
  const live = new LiveRace('bristol')
  tellState('bristol', { race: { lap: 3 }, standings: { 24: { car: '24' } }, 'laps/24': { 1: [1, 2, 3, 4, 'g'] } })
  expect([live.race, live.standings]).toEqual([{ lap: 3 }, { 24: { car: '24' } }])
  expect(live.laps).toEqual({ 24: { 1: [1, 2, 3, 4, 'g'] } })
})

test('what did not change stays the very same object', () => {
  const live = new LiveRace('bristol')
  tellState('bristol', { standings: { 24: { place: 1 } }, 'laps/24': {}, 'laps/9': { 1: [] } })
  const { standings, laps } = live
  tellChange('bristol', 'laps/24', { 1: [1] }, 'k1.2')
  expect(live.standings).toBe(standings)
  expect([live.laps === laps, live.laps['9'] === laps['9'], live.laps['24']]).toEqual([false, true, { 1: [1] }])
})

test('the badge knows how the connection is', () => {
  const live = new LiveRace('bristol')
  tellState('bristol', {}, 'k1.4')
  tell('bristol', { type: 'status', link: 'lost', retryAt: 5, reconnects: 2, unknown: false, deleted: true })
  expect(live.connection).toMatchObject({ link: 'lost', retryAt: 5, reconnects: 2, deleted: true, cursor: 'k1.4' })
})

test('a page that wants some channels asks for no others', () => {
  new LiveRace('bristol', 'race,reports')
  expect(readers.get('bristol')!.channels).toEqual(['race', 'reports'])
})

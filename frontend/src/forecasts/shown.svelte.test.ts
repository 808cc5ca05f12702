import { expect, test } from 'vitest'
import type { LiveRace } from '../page/live.svelte'
import type { Replay } from './replay.svelte'
import { Shown } from './shown.svelte'

const live = {
  source: 'bristol',
  race: { lap: 90, name: 'Night race' },
  standings: { 24: { car: '24', place: 1, driver: 'A' } },
  cautions: {},
  notes: { a: { text: 'then', at_ms: 5 }, b: { text: 'later', at_ms: 50 } },
  laps: {},
  stops: {},
  stints: {},
  reports: { '24/1': {} },
  scores: { 'win/0': {} },
  forecasts: { win: { lap: 90 } },
} as unknown as LiveRace
const past = { lap: 3, at_ms: 10, standings: { cars: ['24'], place: [9] }, forecasts: { win: { lap: 3 } } }
const shownAt = (at?: object) => new Shown(live, { past: at } as unknown as Replay)

test('without a past lap all is live, the very same objects', () => {
  const shown = shownAt()
  expect([shown.race, shown.notes, shown.forecasts]).toEqual([live.race, live.notes, live.forecasts])
  expect(shown.standings).toBe(live.standings)
})

test('at a past lap standings, notes and forecasts are of that lap; who drives is still known', () => {
  const shown = shownAt(past)
  expect([shown.race.lap, shown.race.name]).toEqual([3, 'Night race'])
  expect([shown.standings['24'], Object.keys(shown.notes)]).toEqual([{ car: '24', place: 9, driver: 'A' }, ['a']])
  expect(shown.forecasts).toBe(past.forecasts)
})

test('scores and reports are as of now, whatever lap is shown', () => {
  const shown = shownAt(past)
  expect([shown.scores, shown.reports]).toEqual([live.scores, live.reports])
})

import { describe, expect, test } from 'vitest'
import { cut, standingsOf, type PastLap, type Told } from './past'

const none = [null, null]
const unknown = {
  ...{ laps_down: none, last_ms: none, best_ms: none, to_leader_ms: none, stops: none, stint_laps: none },
  ...{ mean5_ms: none, mean10_ms: none, mean20_ms: none, median5_ms: none, median10_ms: none, median20_ms: none },
}
const past: PastLap = {
  source: 'bristol',
  lap: 3,
  at_ms: 48_000,
  flag: 'yellow',
  standings: { ...unknown, cars: ['9', '24'], place: [1, 2], laps: [3, 2], to_ahead_ms: [null, 700], in_pit: [0, 1] },
  forecasts: {},
}
const live: Told = {
  race: {
    name: 'Night race',
    laps_total: 500,
    status: 'finished',
    lap: 500,
    leader: '24',
    cautions: 9,
    leaders: 14,
    lead_changes: 39,
    flag: 'checkered',
  },
  standings: {
    '24': { car: '24', driver: 'B', make: 'Chv', grid: 2, place: 1, best_ms: 15_000 },
    '9': { car: '9', driver: 'E' },
  },
  cautions: {
    '1': { first_lap: 2, last_lap: 8, start_ms: 40_000, end_ms: 99_000, laps: 7 },
    '2': { first_lap: 90, start_ms: 900_000 },
  },
  notes: { a: { text: 'then', at_ms: 1000 }, b: { text: 'later', at_ms: 50_000 } },
  laps: {
    '24': { '1': [16_000, 16_000, 2, 0, 'g'], '2': [32_700, 16_700, 2, 0, 'g'], '3': [48_700, 15_000, 2, 700, 'g'] },
  },
  stops: { '24': { '1': { in_ms: 30_000, in_lap: 2 }, '2': { in_ms: 60_000, in_lap: 4 } } },
  stints: {
    '24': {
      '1': { first_lap: 1, last_lap: 2, laps: 2, tires: 4 },
      '2': { first_lap: 3, last_lap: 80, laps: 78, tires: 2, best_ms: 15_000 },
      '3': { first_lap: 81 },
    },
  },
}

describe('a past lap', () => {
  test('has its own standings, who drives taken from the live ones', () => {
    expect(standingsOf(past, live.standings)).toEqual({
      '9': { car: '9', driver: 'E', place: 1, laps: 3, in_pit: false },
      '24': { car: '24', driver: 'B', make: 'Chv', grid: 2, place: 2, laps: 2, to_ahead_ms: 700, in_pit: true },
    })
  })
  test('knows nothing of what came later', () => {
    const then = cut(past, live)
    expect(Object.keys(then.laps['24']!)).toEqual(['1', '2'])
    expect([Object.keys(then.stops['24']!), Object.keys(then.notes), Object.keys(then.cautions)]).toEqual([
      ['1'],
      ['a'],
      ['1'],
    ])
  })
  test('has a caution that was on still on, and the stint that was begun as long as it was', () => {
    const then = cut(past, live)
    expect(then.cautions['1']).toEqual({ first_lap: 2, start_ms: 40_000 })
    expect(then.stints['24']).toEqual({ '1': live.stints['24']!['1'], '2': { first_lap: 3, laps: 1, tires: 2 } })
  })
  test('says of the race what was known, and leaves out what cannot be told', () => {
    expect(cut(past, live).race).toEqual({
      name: 'Night race',
      laps_total: 500,
      status: 'running',
      lap: 3,
      at_ms: 48_000,
      flag: 'yellow',
      leader: '9',
      cautions: 1,
      caution_laps: 2,
      fastest: { car: '24', lap: 1, lap_ms: 16_000 },
    })
  })
  test('writes nothing into what is live', () => {
    const before = structuredClone(live)
    cut(past, live)
    expect(live).toEqual(before)
  })
})

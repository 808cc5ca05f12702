import { describe, expect, test } from 'vitest'
import { bestQuality, lastQuality } from './colours'
import { age, behind, clock, driverName, lapTime, meanTime, parseSeconds, plural, toLeader } from './format'
import { gainRecently, gainSinceGrid, isStill, status, towerOrder } from './tower'
import type { Lap, Standing } from './race'

describe('a figure as text', () => {
  test('is a dash where it is unknown, and never a zero', () => {
    const texts = [lapTime(undefined), behind(null), clock(undefined), meanTime(undefined)]
    expect(texts).toEqual(['–', '–', '–', '–'])
  })
  test.each([
    [15432, '15.432'],
    [62071, '1:02.071'],
    [0, '0.000'],
    [59999, '59.999'],
    [-250, '−0.250'],
  ])('of %d ms is %s', (ms, text) => expect(lapTime(ms)).toBe(text))
  test('of a mean is rounded, so that it is never a millisecond off', () => {
    expect(meanTime(15431.6)).toBe('15.432')
  })
  test('tells time behind from laps down', () => {
    expect([behind(3214), behind(-12), toLeader(40000, 2), toLeader(400, 0)]).toEqual([
      '+3.214',
      '−0.012',
      '−2 L',
      '+0.400',
    ])
  })
  test('shows a race clock', () => expect(clock(3_787_900)).toBe('1:03:07'))
  test('shows an age', () => expect([age(420), age(12_300), age(200_000)]).toEqual(['0.4 s', '12 s', '3 min']))
  test("of a driver loses the feed's marks and keeps a suffix", () => {
    expect(driverName('* Zane Smith')).toEqual({ first: 'Zane', last: 'Smith' })
    expect(driverName('Christopher Bell (P)')).toEqual({ first: 'Christopher', last: 'Bell' })
    expect(driverName('Riley Herbst #')).toEqual({ first: 'Riley', last: 'Herbst' })
    expect(driverName('Ricky Stenhouse Jr.')).toEqual({ first: 'Ricky', last: 'Stenhouse Jr.' })
    expect(driverName(undefined)).toEqual({ first: '', last: '' })
  })
  test('counts in words', () => expect([plural(1, 'lap'), plural(1200, 'lap')]).toEqual(['1 lap', '1,200 laps']))
})

describe('typed seconds', () => {
  test.each([
    ['11.8', 11_800],
    ['11,8', 11_800],
    ['9', 9000],
    ['1:02.5', 62_500],
    ['0.065', 65],
    ['12.', 12_000],
  ])('%s are %d ms', (text, ms) => expect(parseSeconds(text)).toBe(ms))
  test.each(['', 'abc', '-3', '1e3', '11.8888', '.'])('%s are refused', (text) => {
    expect(parseSeconds(text)).toBeUndefined()
  })
})

describe('colours', () => {
  const race = { fastest: { car: '24', lap: 9, lap_ms: 15_000 } }
  const row = (car: string, last_ms?: number, best_ms?: number): Standing => ({
    car,
    ...(last_ms && { last_ms }),
    ...(best_ms && { best_ms }),
  })
  test('follow the timing screens', () => {
    expect(lastQuality(row('24', 15_000, 15_000), race)).toBe('fastest')
    expect(lastQuality(row('20', 15_200, 15_200), race)).toBe('own-best')
    expect(lastQuality(row('20', 15_300, 15_200), race)).toBe('slower')
    expect(lastQuality(row('20'), race)).toBe('unknown')
  })
  test('give the best of all to its holder alone', () => {
    expect([bestQuality(row('24', 1, 15_000), race), bestQuality(row('20', 1, 15_000), race)]).toEqual([
      'fastest',
      'unknown',
    ])
  })
})

describe('the tower', () => {
  const lap = (mark: string, place = 5): Lap => [1, 2, place, 4, mark]
  test('is in order of place with favourites first', () => {
    const rows = {
      '1': { car: '1', place: 3 },
      '2': { car: '2', place: 1 },
      '0': { car: '0' },
      '00': { car: '00', place: 2 },
    }
    expect(towerOrder(rows, new Set(['1'])).map((r) => r.car)).toEqual(['1', '2', '00', '0'])
  })
  test('greys a car that stays away for five laps, and gives one in the pits twice as long', () => {
    const leader = { car: '1', at_ms: 200_000, best_ms: 15_000, laps: 12 }
    expect(isStill({ car: '2', at_ms: 130_000 }, leader)).toBe(false)
    expect(isStill({ car: '2', at_ms: 120_000 }, leader)).toBe(true)
    expect(isStill({ car: '2', at_ms: 120_000, in_pit: true }, leader)).toBe(false)
    expect(isStill({ car: '2' }, leader)).toBe(true)
  })
  test('says where a car is', () => {
    const row = { car: '1' }
    expect([status(row, lap('g'), false), status(row, lap('i'), false), status(row, lap('o'), false)]).toEqual([
      '',
      'IN',
      'OUT',
    ])
    expect([status({ ...row, in_pit: true }, lap('g'), false), status(row, undefined, true)]).toEqual(['PIT', 'STILL'])
  })
  test('counts places gained since the grid and of late', () => {
    const row = { car: '1', grid: 9, place: 2, laps: 30 }
    expect([gainSinceGrid(row), gainRecently(row, { '20': lap('g', 1) }), gainRecently(row, {})]).toEqual([
      7,
      -1,
      undefined,
    ])
  })
})

import { describe, expect, test } from 'vitest'
import { gainRecently, gainSinceGrid, isStill, status, towerOrder } from './tower'
import type { Lap } from './race'

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

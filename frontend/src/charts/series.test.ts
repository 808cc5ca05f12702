import { describe, expect, test } from 'vitest'
import type { Lap } from '../figures/race'
import { Columns, lapTimeS, rangeOf, spread, toLeaderS } from './series'

describe('a column', () => {
  const rows: Record<string, Lap> = { '1': [1, 16_000, 2, 500, 'g'], '3': [3, 17_000, 1, null, 'i'] }
  test('has a place for every lap and null where nothing is known', () => {
    expect(new Columns(toLeaderS).of('24', rows, 4)).toEqual([0.5, null, 0, null])
  })
  test('of lap times leaves in-laps and out-laps out', () => {
    expect(new Columns(lapTimeS).of('24', rows, 3)).toEqual([16, null, null])
  })
  test('is the very same array until the rows of the car change', () => {
    const columns = new Columns(toLeaderS)
    expect(columns.of('24', rows, 3)).toBe(columns.of('24', rows, 3))
    expect(columns.of('24', { ...rows }, 3)).not.toBe(columns.of('24', rows, 3))
  })
})

test('a range ignores the few values far away, and values left of the view', () => {
  const column = [900, ...Array.from({ length: 98 }, () => 16), 40]
  expect(rangeOf([column], 2, 0.02, 0.98, 1)).toEqual([15.5, 16.5])
  expect(rangeOf([], 1, 0, 1, 5)).toEqual([0, 5])
})

test('labels are pushed apart within the chart and keep their order', () => {
  expect(spread([10, 12, 50], 11, 100)).toEqual([10, 21, 50])
  expect(spread([98, 99], 11, 100)).toEqual([89, 100])
})

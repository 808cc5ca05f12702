import { describe, expect, test } from 'vitest'
import { type Forecasts } from '../figures/forecast'
import { missingLaps, Timeline } from './timeline'

describe('chances over the laps', () => {
  const told = (lap: number, chance: number | null, wins: number[], revision = 0): Forecasts => ({
    ...(chance !== null && { caution: { lap, revision, ahead: [1, 10], value: [[0, chance]] } }),
    win: { lap, revision, ahead: [0], cars: ['24', '9'], value: wins.map((one) => [one]) },
  })
  test('are kept by lap; under caution none was said, and of other laps nobody asked', () => {
    const line = new Timeline()
    expect([line.take(told(2, 0.3, [0.6, 0.4])), line.take(told(4, null, [0.7, 0.3])), line.take({})]).toEqual([
      true,
      true,
      false,
    ])
    expect(line.caution(10, 4)).toEqual([undefined, 0.3, undefined, null])
    expect([line.win('9', 4), line.win('77', 2)]).toEqual([
      [undefined, 0.4, undefined, 0.3],
      [undefined, null],
    ])
    expect([line.caution(5, 2), line.size, line.has(4)]).toEqual([[undefined, null], 2, true])
  })
  test('are replaced by a higher revision alone', () => {
    const line = new Timeline()
    line.take(told(2, 0.3, [0.6, 0.4], 3))
    expect([
      line.take(told(2, 0.9, [0, 1], 3)),
      line.caution(10, 2)[1],
      line.take(told(2, 0.9, [0, 1], 4)),
      line.caution(10, 2)[1],
    ]).toEqual([false, 0.3, true, 0.9])
  })
  test('are asked for coarsely first, no more than wanted, and none that are there', () => {
    const asked = missingLaps(1, 400, (lap) => lap === 399, 50)
    expect([
      asked.length <= 50,
      new Set(asked).size === asked.length,
      asked.includes(399),
      Math.min(...asked) >= 1,
      Math.max(...asked) < 400,
    ]).toEqual([true, true, false, true, true])
    const sorted = [...asked].sort((a, b) => a - b)
    expect(Math.max(...sorted.slice(1).map((lap, i) => lap - sorted[i]!))).toBeLessThanOrEqual(16)
    expect([missingLaps(1, 1, () => false, 50), missingLaps(1, 4, () => false, 50).sort()]).toEqual([[], [1, 2, 3]])
  })
})

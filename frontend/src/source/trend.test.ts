import { describe, expect, test } from 'vitest'
import { Trend } from './trend'

describe('time', () => {
  test('tells how much a figure has risen since a while ago, or since the page was opened', () => {
    const trend = new Trend(1000)
    expect([trend.take(0, 5).rise, trend.take(500, 7).rise, trend.take(900, 9).rise]).toEqual([0, 2, 4])
    expect(trend.take(1600, 9)).toEqual({ rise: 2, overMs: 1100 })
    expect(trend.take(100, 3).rise).toBe(0)
  })
})

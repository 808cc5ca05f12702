import { describe, expect, test } from 'vitest'
import { likelihood, shade, strip } from './density'

describe('pictures of chances', () => {
  test('fall off on each side as fast as the quantiles say', () => {
    const band = { low: 2, mid: 4, high: 10 }
    expect([likelihood(band, 4), likelihood(band, 2).toFixed(3), likelihood(band, 10).toFixed(3)]).toEqual([
      1,
      '0.440',
      '0.440',
    ])
    expect(likelihood({ low: 4, mid: 4, high: 4 }, 5)).toBe(0)
    expect(strip(band, 1, 39, 5)).toHaveLength(5)
  })
  test('are darker for more, and never darker than full', () => {
    expect([shade(0), shade(1 / 12), shade(0.9)]).toEqual([0, 0.5, 1])
  })
})

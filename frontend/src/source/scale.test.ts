import { describe, expect, test } from 'vitest'
import type { Item } from './rows'
import { axis as axisOf, domainOf } from './scale'

describe('what is drawn', () => {
  test('is bars from 0, or dots around figures that are nearly alike', () => {
    const of = (...values: number[]) =>
      values.map((value, i) => ({ key: `${i}`, label: '', within: '', value, figures: {} }))
    const axis = (some: Item[]) => axisOf(domainOf(some))
    expect(axis(of(1, 9)).bars).toBe(true)
    expect(axis(of(1, 9)).at(0)).toBe(0)
    expect(axis(of(500, 510)).bars).toBe(false)
    expect(axis(of(500, 510)).at(500)).toBe(0)
    expect(axis([]).ticks.length).toBeGreaterThan(1)
  })
})

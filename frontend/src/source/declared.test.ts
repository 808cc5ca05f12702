import { describe, expect, test } from 'vitest'
import { type Stat, about, duration } from './declared'
import { parents, shown, tellingOf, valuesOf } from './rows'
import { mean, spec, rows } from './testing/schools'

describe('groups of a stat', () => {
  test('can be chosen where others stand in them', () => {
    expect(parents(spec)).toEqual(['district'])
    expect(tellingOf(spec, 'district', {})).toBe(mean)
    expect(valuesOf(spec, mean, 'district', rows, {})).toEqual(['a/b', 'c'])
    expect(valuesOf(spec, mean, 'school', rows, { district: 'c' })).toEqual(['x9', 'x10', 'y'])
  })
})

describe('figures over time', () => {
  test('have lengths that people say', () => {
    expect([duration(60), duration(5400), duration(86400), duration(90)]).toEqual(['1 min', '90 min', '1 d', '90 s'])
  })
  test('of the last while are what they are declared to be', () => {
    const rolling: Stat = { name: 'last', kind: 'rolling', figure: 'count', over_s: 300, by: [] }
    expect(shown(rolling, { current: 3, total: 9, proportion: 1 / 3 })).toEqual({ value: 3 })
    expect(shown({ ...rolling, figure: 'mean' }, { count: 3, sum: 9, mean: 3 })).toEqual({ value: 3 })
    expect(about(rolling)).toBe('count of the last 5 min')
  })
})

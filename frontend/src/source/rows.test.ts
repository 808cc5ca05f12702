import { describe, expect, test } from 'vitest'
import { about } from './declared'
import { above, figure, isBelow, items, ordered, pathOf, shown, steady, usualOrder } from './rows'
import { mean, best, rows } from './testing/schools'

describe('groups of a stat', () => {
  test('are named as they were before their key was made', () => {
    expect([pathOf('a~1b/~01', 2), pathOf('', 0), pathOf('', 1)]).toEqual([['a/b', '~1'], [], ['']])
  })
  test('stand largest first, level ones by number and name', () => {
    expect(ordered(items(mean, rows, {}), 'largest', undefined).map((one) => one.label)).toEqual([
      'y',
      'x',
      'x9',
      'x10',
    ])
  })
  test('say where they stand, unless that was chosen', () => {
    expect(items(mean, rows, {})[0]).toMatchObject({ label: 'x', within: 'a/b', value: 5 })
    expect(items(mean, rows, { district: 'c' }).map((one) => [one.label, one.within])).toEqual([
      ['y', ''],
      ['x10', ''],
      ['x9', ''],
    ])
  })
  test('have the order of their field where it has one', () => {
    const grades = items({ ...mean, by: ['grade'] }, { 1: { mean: 9 }, K: { mean: 1 } }, {})
    const field = { type: 'text' as const, one_of: ['K', '1'] }
    expect(ordered(grades, usualOrder(field), field).map((one) => one.label)).toEqual(['K', '1'])
    expect(usualOrder({ type: 'text', one_of: [] })).toBe('largest')
  })
  test('of a ranking are lists under their names, or the one that is chosen', () => {
    const ranked = {
      'a~1b': [{ place: 1, key: 'x', value: 5, count: 2 }],
      c: [{ place: 1, key: 'y', value: 7, count: 1 }],
    }
    expect(items(best, ranked, {}).map((one) => [one.label, one.place])).toEqual([
      ['a/b', undefined],
      ['x', 1],
      ['c', undefined],
      ['y', 1],
    ])
    expect(items(best, ranked, { district: 'c' }).map((one) => one.label)).toEqual(['y'])
  })
})

test('a row is below what is chosen where it has that value of every field that is chosen', () => {
  const fields = ['district', 'school']
  const choices = [{}, { district: 'c' }, { district: 'c', grade: 'K' }, { school: 'x' }]
  expect(choices.map((choice) => isBelow(fields, ['c', 'y'], choice))).toEqual([true, true, true, false])
  expect([above(mean), above({ ...mean, kind: 'timed' })]).toEqual([['district'], fields])
})

describe('what is drawn', () => {
  test('of quantiles is the median, the outer and the inner ones', () => {
    expect(shown({ ...mean, kind: 'quantile' }, { count: 9, p5: 1, p25: 2, median: 3, p75: 4, p95: 5 })).toEqual({
      value: 3,
      span: [1, 5],
      box: [2, 4],
    })
    expect(shown({ ...mean, kind: 'quantile' }, { count: 9, p90: 4 })).toEqual({ value: 4 })
  })
  test('of extremes reaches from one to the other', () => {
    expect(shown({ ...mean, kind: 'extreme' }, { count: 9, min: -1, max: 5 })).toMatchObject({ span: [-1, 5] })
  })
  test('of a kind that nobody foresaw is its first figure', () => {
    expect(shown({ ...mean, kind: 'new' }, { level: 3, more: 4 })).toEqual({ value: 3 })
  })
  test('as text has its decimals, a true minus and a dash where it is unknown', () => {
    expect([figure(1234.5, 2), figure(-3, 0), figure(undefined, 2), figure(NaN, 0)]).toEqual([
      '1,234.50',
      '−3',
      '–',
      '–',
    ])
    expect(about(best)).toBe('Best school by mean of score')
  })
})

test('what did not change of a list stays the very same object', () => {
  const before = items(mean, rows, {})
  const after = steady(before, items(mean, { ...rows, 'c/y': { count: 2, sum: 8, mean: 4 } }, {}))
  expect(after.map((one, n) => one === before[n])).toEqual([true, false, true, true])
  expect(steady(before, items(mean, rows, {}))).toBe(before)
})

import { describe, expect, test } from 'vitest'
import {
  among,
  bandOf,
  chancesOf,
  expectedPlace,
  lineOf,
  revisionOf,
  said,
  scoreOf,
  type Forecast,
  type Score,
} from './forecast'
import { position, caution, all } from './testing/forecasts'

describe('a number of a forecast', () => {
  test('comes with its band, weight and n', () => {
    expect(said(all, 'position', '24', 10)).toMatchObject({
      value: 3,
      low: 1,
      mid: 3,
      high: 9,
      n: 12,
      weight: 0.72,
      column: 1,
      line: 0,
    })
  })
  test('is unknown where it is null, and never zero', () => {
    expect(said(all, 'position', '9', 10)).toBeUndefined()
    expect(said(all, 'position', '9', 2)).toMatchObject({ value: 2, n: undefined })
  })
  test('that is zero is known', () => expect(said(all, 'caution', undefined, 10)?.value).toBe(0))
  test.each([
    ['position', '77', 2],
    ['position', '24', 3],
    ['nobody knows', '24', 2],
    ['caution', '24', 1],
    ['next_move', '24', 'tyres'],
  ] as const)('is unknown for what the row does not have: %s %s %s', (name, car, which) =>
    expect(said(all, name, car, which)).toBeUndefined(),
  )
  test('is found by the name of an option, with whom it is about', () => {
    expect(said(all, 'next_move', '24', 'at_caution')).toMatchObject({ value: 0.9, others: ['9'] })
  })
  test('of the race has no car', () =>
    expect([lineOf(caution), lineOf(caution, '24'), lineOf(position)]).toEqual([0, undefined, undefined]))
  test('has the revision of the race it is of', () => expect([revisionOf(all), revisionOf({})]).toEqual([2, 0]))
  test('does without columns that are left out', () => {
    const bare = { odd: { lap: 1, ahead: [1], value: [[5]] } }
    expect(said(bare, 'odd')).toMatchObject({ value: 5, low: undefined, n: undefined, others: [] })
  })
})

describe('chances of places', () => {
  const finish: Forecast = {
    lap: 1,
    ahead: [0],
    cars: ['24', '9'],
    value: [[2], [1]],
    chances: [[0.5, 0.25, 0.25], null],
  }
  test('are given with unknown ones as none', () => {
    expect([chancesOf(finish, '24'), chancesOf(finish, '9'), chancesOf(undefined, '24')]).toEqual([
      [0.5, 0.25, 0.25],
      undefined,
      undefined,
    ])
  })
  test('add up to the first places, never to more than certain', () => {
    expect([among([0.5, 0.25, 0.25], 2), among([0.5, 0.5001], 10), among(undefined, 5)]).toEqual([0.75, 1, undefined])
  })
  test('have a mean and quantiles, also where they do not quite add up to one', () => {
    expect(expectedPlace([0.5, 0.25, 0.25])).toBeCloseTo(1.75)
    expect(expectedPlace([0, 0.999])).toBeCloseTo(2)
    expect([
      bandOf([0.05, 0.1, 0.7, 0.1, 0.05], 0.1, 0.9),
      bandOf([0, 0, 0.99], 0.1, 0.9),
      bandOf([], 0.1, 0.9),
    ]).toEqual([[2, 4], [3, 3], undefined])
  })
})

describe('a score', () => {
  test('is found by figure and horizon; one of a candidate is not taken for it', () => {
    const one = said(all, 'caution', undefined, 10)!
    const score: Score = { figure: 'caution', ahead: 10, score: 'log loss', n: 3 }
    expect(scoreOf({ 'caution/10': score }, one)).toBe(score)
    expect(scoreOf({ 'caution/10': { ...score, shadow: true } }, one)).toBeUndefined()
  })
})

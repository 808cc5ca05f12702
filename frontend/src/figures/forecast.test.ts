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
import {
  bandText,
  horizonText,
  optionText,
  percent,
  saidLines,
  scoreLine,
  titleOf,
  valueText,
  verdictOf,
  verdictText,
  weightText,
} from './words'

const position: Forecast = {
  lap: 120,
  revision: 2,
  unit: 'place',
  kind: 'quantity',
  ahead: [2, 10],
  cars: ['24', '9'],
  value: [
    [1, 3],
    [2, null],
  ],
  low: [
    [1, 1],
    [1, null],
  ],
  mid: [
    [1, 3],
    [2, null],
  ],
  high: [
    [2, 9],
    [4, null],
  ],
  n: [12, null],
  weight: [0.72, 1],
}
const caution: Forecast = {
  lap: 120,
  unit: 'probability',
  ahead: [1, 10, 0],
  value: [[0.02, 0, 0.4]],
  n: [80],
  weight: [0.83],
}
const moves: Forecast = {
  lap: 9,
  ahead: [0, 1],
  options: ['now', 'at_caution'],
  cars: ['24'],
  value: [[0.1, 0.9]],
  others: [['9']],
}
const all = { position, caution, next_move: moves }

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

describe('a forecast in words', () => {
  test.each([
    [0.124, '12 %'],
    [0.004, '<1 %'],
    [0.996, '>99 %'],
    [0, '0 %'],
    [1, '100 %'],
    [null, '–'],
    [undefined, '–'],
  ] as const)('a chance of %s is %s', (chance, text) => expect(percent(chance)).toBe(text))
  test.each([
    [10_480, 'ms', '10.48 s'],
    [75_020, 'ms', '1:15.02'],
    [0.0271, 's/lap', '+0.027 s/lap'],
    [-0.01, 's/lap', '−0.010 s/lap'],
    [8.44, 'place', 'P8.4'],
    [8, 'place', 'P8'],
    [1.24, 'places', '+1.2 places'],
    [-0.5, 'places', '−0.5 places'],
    [-0.01, 'places', '0.0 places'],
    [1, 'laps', '1 lap'],
    [34.4, 'laps', '34 laps'],
    [0.25, 'probability', '25 %'],
    [0.675, 's', '0.68 s'],
    [3, 'cautions', '3'],
    [2.5, 'bananas', '2.5 bananas'],
    [2.5, undefined, '2.5'],
    [null, 'ms', '–'],
  ] as const)('%s %s is %s', (value, unit, text) => expect(valueText(value, unit)).toBe(text))
  test('names figures it does not know by their names', () =>
    expect([titleOf('win'), titleOf('tyre_mystery')]).toEqual(['Win', 'Tyre mystery']))
  test('names horizons', () =>
    expect([horizonText(caution, 0), horizonText(caution, 2), horizonText(moves, 1)]).toEqual([
      '1 lap',
      'to the end',
      'Stops at a caution',
    ]))
  test('names options, also those it does not know', () => {
    expect(['four', '+5', '+1', 'after_2', 'wave_around'].map(optionText)).toEqual([
      '4 tyres',
      'Stop in 5 laps',
      'Stop in 1 lap',
      '2 laps after',
      'Wave around',
    ])
  })
  test('tells the weight of history', () =>
    expect([weightText(0.724), weightText(null), weightText(0)]).toEqual(['history 72 %', '', 'history 0 %']))
  test('tells its band where it has one', () => {
    expect([bandText(said(all, 'position', '24', 10)!), bandText(said(all, 'caution', undefined, 1)!)]).toEqual([
      '80 % between P1 and P9',
      '',
    ])
  })
  test('tells all that belongs to it', () => {
    const score: Score = { figure: 'position', ahead: 10, score: 'MAE', n: 240, ours: 2.5, base: 2.6, covers80: 0.84 }
    expect(saidLines(said(all, 'position', '24', 10)!, score)).toEqual([
      'Car 24, place, 10 laps: P3',
      '80 % between P1 and P9',
      'history 72 %, n = 12 from this race · as of lap 120, revision 2',
      'MAE 2.500, baseline 2.600: 3.8 % better, n = 240',
      'The 80 % band held 84 % so far',
    ])
  })
})

describe('a score', () => {
  const of = (ours: number | null, base: number | null, n = 100): Score => ({
    figure: 'win',
    ahead: 0,
    score: '-log p',
    n,
    ours,
    base,
  })
  test.each([
    [0.9, 1, '10 % better'],
    [1.02, 1, '2.0 % worse'],
    [1.001, 1, 'no better, no worse'],
    [5, 1, '5.0 × worse'],
    [null, 1, '–'],
    [1, 0, '–'],
  ] as const)('of %s against %s is %s', (ours, base, text) => expect(verdictText(of(ours, base))).toBe(text))
  test('of few forecasts says nothing yet', () => {
    expect([verdictOf(of(0.5, 1, 12)).verdict, verdictText(of(0.5, 1, 12)), scoreLine(undefined)]).toEqual([
      'early',
      'too early to say',
      'No outcome known yet',
    ])
  })
  test('that is an error has the unit of its figure', () => {
    const error: Score = { figure: 'lane_time', ahead: 5, score: 'MAE', n: 50, ours: 2093, base: 2261 }
    expect([
      scoreLine(error, 'ms'),
      scoreLine({ ...error, score: 'log loss', ours: 0.4, base: 0.42 }, 'probability'),
    ]).toEqual([
      'MAE 2.09 s, baseline 2.26 s: 7.4 % better, n = 50',
      'log loss 0.400, baseline 0.420: 4.8 % better, n = 50',
    ])
  })
  test('is found by figure and horizon; one of a candidate is not taken for it', () => {
    const one = said(all, 'caution', undefined, 10)!
    const score: Score = { figure: 'caution', ahead: 10, score: 'log loss', n: 3 }
    expect(scoreOf({ 'caution/10': score }, one)).toBe(score)
    expect(scoreOf({ 'caution/10': { ...score, shadow: true } }, one)).toBeUndefined()
  })
})

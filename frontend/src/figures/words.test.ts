import { describe, expect, test } from 'vitest'
import { said, type Score } from './forecast'
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
import { caution, moves, all } from './testing/forecasts'

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
})

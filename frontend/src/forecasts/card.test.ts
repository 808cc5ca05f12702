import { describe, expect, test } from 'vitest'
import { type Forecast, type Scores } from '../figures/forecast'
import { cardLines, reliabilityError, reliabilityPoints, reliabilityReach, silentFigures } from './card'

describe('the scorecard', () => {
  const score = { score: 'MAE', n: 9, ours: 1, base: 2 }
  const scores: Scores = {
    'win/0': { ...score, figure: 'win', ahead: 0 },
    'caution/0': { ...score, figure: 'caution', ahead: 0 },
    'caution/10': { ...score, figure: 'caution', ahead: 10 },
    'a_new_one/1': { ...score, figure: 'a_new_one', ahead: 1, shadow: true },
    'what_if/1': { ...score, figure: 'what_if', ahead: 1 },
    'what_if/0': { ...score, figure: 'what_if', ahead: 0 },
  }
  test('is by figure and horizon, the end last, candidates after all', () => {
    const what_if: Forecast = { lap: 1, ahead: [0, 1], options: ['stay', 'four'], cars: [], value: [] }
    expect(cardLines(scores, { what_if }).map((line) => `${line.title}, ${line.horizon}`)).toEqual([
      'Caution comes out, 10 laps',
      'Caution comes out, to the end',
      'What if, Stay out',
      'What if, 4 tyres',
      'Win, to the end',
      'A new one, 1 lap',
    ])
  })
  test('lists the figures that say nothing apart, with the reason', () => {
    const silent: Scores = {
      ...scores,
      tides: { figure: 'tides', unfitted: true },
      moons: { figure: 'moons', failed: 'TypeError: no moon' },
    }
    expect(cardLines(silent, {})).toHaveLength(6)
    expect(silentFigures(silent).map((one) => one.text)).toEqual([
      'Moons: failed (TypeError: no moon)',
      'Tides: not fitted on past races yet, so it says nothing',
    ])
  })
  test('plots what came against what was said', () => {
    const bins = [
      [0.1, 0.2, 30],
      [0.8, 0.8, 10],
    ] as const
    expect(reliabilityPoints(bins, 10)[0]).toMatchObject({ x: 1.25, y: 7.5, text: 'said 10 %, came 20 % of 30 times' })
    expect([
      reliabilityReach(bins),
      reliabilityReach([[0.004, 0, 9]]),
      reliabilityReach([[0.93, 1, 9]]),
      reliabilityReach(undefined),
    ]).toEqual([0.8, 0.1, 1, 0.1])
    expect([reliabilityError(bins), reliabilityError([]), reliabilityError(undefined)]).toEqual([
      0.075,
      undefined,
      undefined,
    ])
  })
})

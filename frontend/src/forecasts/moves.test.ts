import { describe, expect, test } from 'vitest'
import type { Forecast } from '../figures/forecast'
import { hazardSteps, movesOf, stintOf } from './moves'
import { cars, hazard, stint } from './testing/bristol'

describe('the next moves', () => {
  test('are in order of how likely a stop is, without cars of which nothing is known', () => {
    expect(movesOf({ pit_hazard: hazard }, cars).map((one) => [one.car, one.soon?.value])).toEqual([
      ['9', 0.9],
      ['24', 0.2],
    ])
  })
  test('are none without figures', () => expect(movesOf({}, cars)).toEqual([]))
  test('tell the likeliest tyres, under whatever names the options come', () => {
    const next_move: Forecast = {
      lap: 1,
      ahead: [0, 1, 2, 3],
      options: ['pit_now', 'next_caution', '2', '4'],
      cars,
      value: [
        [0.1, 0.8, 0.3, 0.7],
        [null, null, null, null],
        [0.2, null, 0.6, 0.4],
      ],
    }
    const [first, second] = movesOf({ next_move }, cars)
    expect([first!.car, first!.now!.value, first!.caution, first!.tyres!.value]).toEqual(['1', 0.2, undefined, 0.6])
    expect([second!.car, second!.caution!.value, second!.tyres!.column]).toEqual(['24', 0.8, 3])
  })
  test('by lap multiply up to the chances they came from', () => {
    const steps = hazardSteps({ pit_hazard: hazard }, '9')
    const chance = (laps: number) =>
      1 - steps.filter((one) => one.to <= laps).reduce((left, one) => left * (1 - one.perLap) ** (one.to - one.from), 1)
    expect([chance(1), chance(5), chance(10)].map((one) => Number(one.toFixed(9)))).toEqual([0.5, 0.9, 0.95])
    expect([
      hazardSteps({ pit_hazard: hazard }, '24').at(-1)!.perLap,
      hazardSteps({ pit_hazard: hazard }, '1'),
      hazardSteps({}, '9'),
    ]).toEqual([0, [], []])
  })
})

describe('stints', () => {
  test('are read by name of the option, else by order', () => {
    expect([
      stintOf({ stint }, '24').typical?.value,
      stintOf({ stint }, '9').typical,
      stintOf({ stint }, '9').dry?.value,
    ]).toEqual([12, undefined, 8])
    const swapped: Forecast = { ...stint, options: ['to_dry', 'to_typical'] }
    expect([stintOf({ stint: swapped }, '24').typical?.value, stintOf({ stint: swapped }, '24').dry?.value]).toEqual([
      40, 12,
    ])
    const { options, ...plain } = stint
    expect([options?.length, stintOf({ stint: plain }, '24').dry?.value, stintOf({}, '24').dry]).toEqual([
      2,
      40,
      undefined,
    ])
  })
})

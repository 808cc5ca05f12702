import { describe, expect, test } from 'vitest'
import type { Forecast, Forecasts, Scores } from '../figures/forecast'
import { said } from '../figures/forecast'
import { cardLines, reliabilityError, reliabilityPoints, reliabilityReach } from './card'
import { likelihood, shade, strip } from './density'
import { compared } from './futures'
import { ghostOf } from './ghost'
import { hazardSteps, movesOf, stintOf } from './moves'
import { boardRows, reachOf } from './rows'
import { missingLaps, Timeline } from './timeline'

const cars = ['24', '9', '1']
const hazard: Forecast = {
  lap: 50,
  unit: 'probability',
  ahead: [1, 5, 10],
  cars,
  value: [
    [0.1, 0.2, 0.2],
    [0.5, 0.9, 0.95],
    [null, null, null],
  ],
}
const stint: Forecast = {
  lap: 50,
  unit: 'laps',
  ahead: [0, 1],
  options: ['typical', 'dry'],
  cars,
  value: [
    [12, 40],
    [null, 8],
    [70, 90],
  ],
}
const rejoin: Forecast = {
  lap: 50,
  unit: 'place',
  ahead: [1],
  cars,
  others: [
    ['9', '1'],
    [null, '24'],
    ['9', null],
  ],
  value: [[2], [1], [3]],
  low: [[2], [1], [2]],
  high: [[3], [2], [3]],
}

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
  test('decide how far the windows look', () => {
    const order = cars.map((car, i) => ({ car, place: i + 1 }))
    expect([reachOf(boardRows({ stint }, order)), reachOf(boardRows({}, order)), reachOf([])]).toEqual([60, 15, 15])
  })
})

describe('the board', () => {
  test('has what is known of each car, and nothing of others', () => {
    const finish: Forecast = { lap: 50, ahead: [0], unit: 'place', cars: ['24'], value: [[1]], chances: [[0.6, 0.4]] }
    const win: Forecast = { lap: 50, ahead: [0], unit: 'probability', cars: ['24'], value: [[0.6]] }
    const [first, second] = boardRows({ finish, win }, [{ car: '24', place: 1 }, { car: '9' }])
    expect([first!.expected, first!.band, first!.win?.value, first!.topFive]).toEqual([1.4, [1, 2], 0.6, 1])
    expect([second!.expected, second!.band, second!.win, second!.topFive, second!.place]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('the ghost', () => {
  const order = ['9', '24', '1']
  test('stands between the neighbours it would have', () => {
    expect(ghostOf({ rejoin }, '24', order)).toEqual({
      car: '24',
      place: 2,
      low: 2,
      high: 3,
      ahead: '9',
      behind: '1',
      before: '1',
    })
  })
  test('is the first or the last where there is nobody', () => {
    expect([ghostOf({ rejoin }, '9', order)!.before, ghostOf({ rejoin }, '1', order)!.before]).toEqual(['24', '24'])
    expect(ghostOf({ rejoin }, '1', ['24', '1', '9'])!.before).toBeUndefined()
  })
  test('is none for a car of which nobody can say', () => {
    expect([ghostOf({}, '24', order), ghostOf({ rejoin }, '77', order), ghostOf({ rejoin }, undefined, order)]).toEqual(
      [undefined, undefined, undefined],
    )
  })
})

describe('chances over the laps', () => {
  const told = (lap: number, chance: number | null, wins: number[], revision = 0): Forecasts => ({
    ...(chance !== null && { caution: { lap, revision, ahead: [1, 10], value: [[0, chance]] } }),
    win: { lap, revision, ahead: [0], cars: ['24', '9'], value: wins.map((one) => [one]) },
  })
  test('are kept by lap; under caution none was said, and of other laps nobody asked', () => {
    const line = new Timeline()
    expect([line.take(told(2, 0.3, [0.6, 0.4])), line.take(told(4, null, [0.7, 0.3])), line.take({})]).toEqual([
      true,
      true,
      false,
    ])
    expect(line.caution(10, 4)).toEqual([undefined, 0.3, undefined, null])
    expect([line.win('9', 4), line.win('77', 2)]).toEqual([
      [undefined, 0.4, undefined, 0.3],
      [undefined, null],
    ])
    expect([line.caution(5, 2), line.size, line.has(4)]).toEqual([[undefined, null], 2, true])
  })
  test('are replaced by a higher revision alone', () => {
    const line = new Timeline()
    line.take(told(2, 0.3, [0.6, 0.4], 3))
    expect([
      line.take(told(2, 0.9, [0, 1], 3)),
      line.caution(10, 2)[1],
      line.take(told(2, 0.9, [0, 1], 4)),
      line.caution(10, 2)[1],
    ]).toEqual([false, 0.3, true, 0.9])
  })
  test('are asked for coarsely first, no more than wanted, and none that are there', () => {
    const asked = missingLaps(1, 400, (lap) => lap === 399, 50)
    expect([
      asked.length <= 50,
      new Set(asked).size === asked.length,
      asked.includes(399),
      Math.min(...asked) >= 1,
      Math.max(...asked) < 400,
    ]).toEqual([true, true, false, true, true])
    const sorted = [...asked].sort((a, b) => a - b)
    expect(Math.max(...sorted.slice(1).map((lap, i) => lap - sorted[i]!))).toBeLessThanOrEqual(16)
    expect([missingLaps(1, 1, () => false, 50), missingLaps(1, 4, () => false, 50).sort()]).toEqual([[], [1, 2, 3]])
  })
})

describe('two futures', () => {
  const row: Forecast = {
    lap: 1,
    unit: 'place',
    ahead: [0, 1, 2],
    options: ['stay', 'four', 'two'],
    cars: ['24'],
    value: [[10, 8.4, null]],
    low: [[8, 4, null]],
    high: [[14, 9, null]],
  }
  const of = (option: string) => said({ what_if: row }, 'what_if', '24', option)
  test('are compared by expected finish, and how little that may mean', () => {
    expect(compared(of('stay'), of('four'), 'stay out', '4 tyres')).toEqual({
      better: 'second',
      text: '4 tyres is expected to end 1.6 places ahead of stay out; the two bands overlap.',
    })
    expect(compared(of('four'), of('stay'), '4 tyres', 'Stay out').better).toBe('first')
    expect(compared(of('stay'), of('stay'), 'a', 'B').better).toBe('same')
  })
  test('of which one is unknown are not', () =>
    expect(compared(of('stay'), of('two'), 'a', 'B').better).toBeUndefined())
})

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

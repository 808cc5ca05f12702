import { expect, test } from 'vitest'
import type { Forecast, Forecasts } from '../figures/forecast'
import { boardLines } from './boardlines'
import { boardRows } from './rows'
import { hazard, stint } from './testing/bristol'

const finish: Forecast = { lap: 50, ahead: [0], unit: 'place', cars: ['24'], value: [[1]], chances: [[0.6, 0.4]] }
const win: Forecast = { lap: 50, ahead: [0], unit: 'probability', cars: ['24'], value: [[0.6]] }
const lines = (all: Forecasts, driver?: string) => boardLines(boardRows(all, [{ car: '24' }])[0]!, driver, {})

test('a car is told by its finish, its chance to win and its next stops', () => {
  expect(lines({ finish, win, stint, pit_hazard: hazard }, 'A. Driver')).toEqual([
    'Car 24, A. Driver',
    'Finish: P1.4 expected, 80 % between P1 and P2',
    'Top five 100 %, top ten 100 %',
    expect.stringContaining('as of lap 50'),
    'No outcome known yet',
    'Win: 60 %. No outcome known yet',
    'Typical stop in 12 laps',
    'Dry in 40 laps',
    expect.stringMatching(/^Green stop: 10 % a lap up to 1, .* laps from now$/),
  ])
})

test('of a car without a finish nothing is said but that it is not running', () => {
  expect(lines({})).toEqual(['Car 24', 'Not running: no finish is forecast'])
})

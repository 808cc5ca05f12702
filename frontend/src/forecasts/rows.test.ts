import { describe, expect, test } from 'vitest'
import type { Forecast } from '../figures/forecast'
import { boardRows, reachOf } from './rows'
import { cars, stint } from './testing/bristol'

describe('stints', () => {
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

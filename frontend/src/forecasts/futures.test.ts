import { describe, expect, test } from 'vitest'
import { type Forecast, said } from '../figures/forecast'
import { compared } from './futures'

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

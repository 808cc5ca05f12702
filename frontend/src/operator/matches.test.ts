import { expect, test } from 'vitest'
import { matches } from './matches'

const rows = Object.fromEntries(
  [
    { car: '2', driver: 'Austin' },
    { car: '24', driver: 'William', place: 9 },
    { car: '22', driver: 'Joey', place: 1 },
    { car: '9', driver: 'Chase 2' },
  ].map((row) => [row.car, row]),
)
const cars = (text: string) => matches(text, rows).map(({ car }) => car)

test('the car itself stands first, then those that begin so by place, then drivers', () => {
  expect(cars('2')).toEqual(['2', '22', '24', '9'])
})

test('a driver is found by a part of the name in any case, and nobody by nothing', () => {
  expect([cars(' wILL'), cars('  '), cars('nobody')]).toEqual([['24'], [], []])
})

test('no more are told than a person reads', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`1${n}`, { car: `1${n}` }]))
  expect(matches('1', many)).toHaveLength(7)
})

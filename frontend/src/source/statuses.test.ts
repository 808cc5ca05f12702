import { expect, test } from 'vitest'
import { countsOf, matchedOf } from './statuses'

test('orders and deliveries are listed by what needs somebody, and counted by the source', () => {
  const row = (status: string) => ({ status, ordered: 2, delivered: 1 })
  const joined = {
    '': { open: 0, partial: 2, completed: 1, over: 0, unmatched: 1 },
    P1: row('partial'),
    P2: row('partial'),
    P3: row('completed'),
    X1: row('unmatched'),
  }
  expect(matchedOf(joined, 'all').map(({ key }) => key)).toEqual(['X1', 'P2', 'P1', 'P3'])
  expect(matchedOf(joined, 'partial').map(({ key }) => key)).toEqual(['P2', 'P1'])
  expect(countsOf(joined)).toEqual({ unmatched: 1, over: 0, partial: 2, open: 0, completed: 1 })
})

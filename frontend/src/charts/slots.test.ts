import { expect, test } from 'vitest'
import { assignSlots } from './slots'

test('a chosen car keeps its colour when others come and go', () => {
  const first = assignSlots(new Map(), ['24', '20', '9'])
  const next = assignSlots(first, ['9', '4', '24', '11'])
  expect(Object.fromEntries(next)).toEqual({ '24': 0, '9': 2, '4': 1, '11': 3 })
})

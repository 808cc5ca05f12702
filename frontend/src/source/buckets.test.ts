import { describe, expect, test } from 'vitest'
import type { Stat } from './declared'
import { buckets } from './buckets'

describe('figures over time', () => {
  const timed: Stat = { name: 'when', kind: 'timed', by: ['district'], every_s: [60, 300] }
  const over = { 'c/60/100': 2, 'd/60/100': 3, 'c/60/102': 1, 'c/60/101': 0, 'c/300/20': 9 }
  test('are added up over the groups that are not chosen, oldest first', () => {
    expect(buckets(timed, over, {}, 60, 9)).toEqual([
      { from: 6000, value: 5 },
      { from: 6060, value: 0 },
      { from: 6120, value: 1 },
    ])
    expect(buckets(timed, over, { district: 'd' }, 60, 9)).toEqual([{ from: 6000, value: 3 }])
    expect(buckets(timed, over, {}, 60, 1).map((one) => one.from)).toEqual([6120])
  })
  test('of windows have no groups', () => {
    const window: Stat = { name: 'w', kind: 'window', figure: 'sum', of: 'n', by: [], over_s: 60, every_s: null }
    const closed = {
      60000: { from: 60000, to: 120000, count: 2, late: 0, sum: 7 },
      0: { from: 0, to: 60000, count: 0, late: 0, sum: 0 },
    }
    expect(buckets(window, closed, {}, 60, 9)).toEqual([
      { from: 0, value: 0 },
      { from: 60, value: 7 },
    ])
  })
})

test('windows of groups are added up over those that are not chosen', () => {
  const grouped: Stat = { name: 'w', kind: 'window', figure: 'count', by: ['item'], over_s: 60, every_s: null }
  const window = (count: number) => ({ from: 60_000, to: 120_000, count, late: 0 })
  const closed = { 'a/60000': window(2), 'b/60000': window(3) }
  expect(buckets(grouped, closed, {}, 60, 9)).toEqual([{ from: 60, value: 5 }])
  expect(buckets(grouped, closed, { item: 'b' }, 60, 9)).toEqual([{ from: 60, value: 3 }])
})

import { describe, expect, test } from 'vitest'
import type { Stat } from './declared'
import { spreadOf } from './spread'

describe('a spread', () => {
  const scores: Stat = { name: 'spread', kind: 'count', by: ['district', 'score'] }
  const counts = { 'a/0': { count: 1 }, 'a/50': { count: 2 }, 'b/100': { count: 3 }, 'b/99': { count: 1 } }
  test('has every number in one bin, the largest in the last', () => {
    const { bins, count, median, isPart } = spreadOf(scores, counts, {})
    expect([bins.length, count, median, isPart]).toEqual([20, 7, 99, false])
    expect(bins.filter((one) => one.count).map((one) => [one.from, one.count])).toEqual([
      [0, 1],
      [50, 2],
      [95, 4],
    ])
  })
  test('of a part stands before that of everything', () => {
    const { bins, median, isPart } = spreadOf(scores, counts, { district: 'a' })
    expect([median, isPart, bins[0]!.share, bins[0]!.ofAll]).toEqual([50, true, 1 / 3, 1 / 7])
  })
})

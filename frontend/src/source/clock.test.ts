import { describe, expect, test } from 'vitest'
import type { Spec } from './declared'
import { newestIn, parts, timeOf } from './clock'
import { spec } from './testing/schools'

describe('time', () => {
  test('is the reader’s own while entries come from now, and theirs where they are old', () => {
    expect([timeOf(undefined, 5e8), timeOf(5e8 - 60_000, 5e8), timeOf(1e8, 5e8)]).toEqual([5e8, 5e8, 1e8])
  })
  test('is known from the newest bucket to whoever has just come', () => {
    const timed = { ...spec, stats: [{ name: 'when', kind: 'timed', every_s: [60, 300], by: ['district'] }] }
    expect(newestIn(timed, { when: { 'c/60/101': 1, 'c/300/20': 4 } })).toBe(6_060_000)
    expect(newestIn(spec, {})).toBeUndefined()
    expect(newestIn({ kind: 'race' } as Spec, {})).toBeUndefined() // it has a page of its own
  })
  test('that is left is told in its parts, and never less than nothing', () => {
    expect(parts(((2 * 24 + 3) * 3600 + 62) * 1000)).toEqual({ days: 2, hours: 3, minutes: 1, seconds: 2 })
    expect(parts(-5)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 })
  })
})

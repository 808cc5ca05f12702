import { describe, expect, test } from 'vitest'
import { CAP_MS, fullJitter } from './backoff'

describe('waiting', () => {
  test('before a new attempt is random up to a ceiling that doubles to ten seconds', () => {
    const ceilings = [0, 1, 2, 3, 4, 50].map((n) => fullJitter(n, () => 1))
    expect(ceilings).toEqual([1000, 2000, 4000, 8000, CAP_MS, CAP_MS])
    expect(fullJitter(5, () => 0)).toBe(0)
  })
})

import { describe, expect, test } from 'vitest'
import { formatCursor, parseCursor } from './cursor'

describe('a cursor', () => {
  test('comes back from its text as it was', () => {
    for (const text of ['k3f9.41.9f86d081', 'k3f9.0']) expect(formatCursor(parseCursor(text)!)).toBe(text)
  })
  test.each(['', 'k3f9', 'k3f9.', '.4', 'k3.4_k4.5', 'k-3.4', undefined, null])('is not %s', (t) => {
    expect(parseCursor(t)).toBeUndefined()
  })
})

import { describe, expect, test } from 'vitest'
import { bestQuality, lastQuality } from './colours'
import type { Standing } from './race'

describe('colours', () => {
  const race = { fastest: { car: '24', lap: 9, lap_ms: 15_000 } }
  const row = (car: string, last_ms?: number, best_ms?: number): Standing => ({
    car,
    ...(last_ms && { last_ms }),
    ...(best_ms && { best_ms }),
  })
  test('follow the timing screens', () => {
    expect(lastQuality(row('24', 15_000, 15_000), race)).toBe('fastest')
    expect(lastQuality(row('20', 15_200, 15_200), race)).toBe('own-best')
    expect(lastQuality(row('20', 15_300, 15_200), race)).toBe('slower')
    expect(lastQuality(row('20'), race)).toBe('unknown')
  })
  test('give the best of all to its holder alone', () => {
    expect([bestQuality(row('24', 1, 15_000), race), bestQuality(row('20', 1, 15_000), race)]).toEqual([
      'fastest',
      'unknown',
    ])
  })
})

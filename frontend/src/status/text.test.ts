import { describe, expect, it } from 'vitest'
import { bytes, duration, rate } from './text'

describe('figures as text', () => {
  it('have few digits, and a dash where nothing is known', () => {
    expect([undefined, 0, 0.0004, 0.012, 1.44, 61, 600].map(duration)).toEqual([
      '–',
      '0 s',
      '0.4 ms',
      '12 ms',
      '1.4 s',
      '61 s',
      '10 min',
    ])
    expect([undefined, 0, 0.24, 12.4, 83_214].map(rate)).toEqual(['–', '0', '0.2', '12', '83,214'])
    expect([undefined, 0, 999, 4200, 52_000, 1_300_000].map(bytes)).toEqual([
      '–',
      '0 B',
      '999 B',
      '4.2 kB',
      '52 kB',
      '1.3 MB',
    ])
  })
})

import { describe, expect, test } from 'vitest'
import { reportOf, stintLines, stopLines, tyreToken } from './stint'

describe('a stint', () => {
  test('has the colour of the tyres it began on; the first begins on four, others are unknown', () => {
    const tokens = [4, 3, 2, 1, 0].map((tires) => tyreToken(tires, false))
    expect(tokens).toEqual(['--tyres-4', '--tyres-4', '--tyres-2', '--tyres-2', '--tyres-0'])
    expect([tyreToken(undefined, true), tyreToken(undefined, false)]).toEqual(['--tyres-4', '--tyres-unknown'])
  })
  test('is told in two lines, with dashes for what is unknown', () => {
    expect(stintLines('2', { first_lap: 41, last_lap: 90, laps: 50, best_ms: 15_432 })).toEqual([
      'Stint 2: laps 41–90, 50 laps, – green',
      'Green mean –, best 15.432',
    ])
  })
})

describe('a stop', () => {
  test('says where its service time comes from', () => {
    const second = (stop: object, report?: object) => stopLines('1', stop, report as never)[1]
    expect(second({ tires: 4, service_ms: 11_800, service_from: 'timing' })).toBe(
      'Tyres 4 · service 11.8 s (from timing)',
    )
    expect(second({ service_from: 'report', service_ms: 9000 }, { why: 'two agree' })).toContain(
      '(from reports: two agree)',
    )
    expect(second({}, { status: 'conflict' })).toBe('Tyres – · service – (reports disagree, nobody has decided)')
  })
  test('has the report for its in-lap, else for a lap next to it', () => {
    const reports = { '24/41': { lap: 41 }, '9/40': { lap: 40 } } as never
    expect(reportOf('24', { in_lap: 40 }, reports)).toEqual({ lap: 41 })
    expect(reportOf('24', { lap: 40 }, reports)).toEqual({ lap: 41 })
    expect([reportOf('24', { in_lap: 60 }, reports), reportOf('24', {}, reports)]).toEqual([undefined, undefined])
  })
})

import { describe, expect, test } from 'vitest'
import { likelyLap, nextRevision, problems, reportOf, undoOf, warnings } from './draft'
import { DRAFT, body, item } from './testing/reports'

describe('a pit report', () => {
  test('is one entry with a uid of its own', () => {
    expect(reportOf(DRAFT, 0)).toEqual({
      type: 'pit_report',
      uid: 'report/anna/24/57',
      revision: 0,
      operator: 'anna',
      car: '24',
      lap: 57,
      tires: 4,
      service_ms: 11_800,
    })
  })
  test('is not sent while a field is wrong, and each says what would do', () => {
    expect(problems(DRAFT)).toEqual({})
    const wrong = problems({ operator: ' ', car: '', lap: '0', tires: '3', service: 'x' })
    expect(Object.keys(wrong)).toEqual(['operator', 'car', 'lap', 'tires', 'service'])
    expect(wrong.lap).toBe('lap: got 0, want a whole number from 1 to 2000')
  })
  test('of a lap that has not begun is warned about, not refused', () => {
    const rows = { '24': { car: '24', laps: 55 } }
    expect(warnings(DRAFT, {}, rows)).toEqual({ lap: 'lap: got 57, the lap now running is 56' })
    expect(warnings({ ...DRAFT, lap: '56' }, {}, rows)).toEqual({})
  })
  test('is most likely about the last stop, else about the lap now running', () => {
    expect(likelyLap({ car: '24', laps: 58, last_stop_lap: 57 })).toBe('57')
    expect(likelyLap({ car: '24', laps: 80, last_stop_lap: 57 })).toBe('81')
    expect(likelyLap(undefined)).toBe('')
  })
})

describe('a correction', () => {
  test('has a revision above all that this browser sent or sees', () => {
    const claims = [{ uid: 'report/anna/24/57', operator: 'anna', revision: 4, tires: 4, service_ms: 1 }]
    const reports = { '24/57': { car: '24', lap: 57, status: 'single' as const, claims } }
    expect(nextRevision('report/anna/24/57', [], {})).toBe(0)
    expect(nextRevision('report/anna/24/57', [item(1, body(0)), item(2, body(1), 'refused')], {})).toBe(1)
    expect(nextRevision('report/anna/24/57', [item(1, body(0))], reports)).toBe(5)
  })
  test('is undone by saying again what was said before; a first report by a retraction', () => {
    const first = item(1, body(0))
    expect(undoOf(first, [first], {})).toEqual({
      type: 'retract',
      uid: 'retract/report/anna/24/57',
      amends: 'report/anna/24/57',
      revision: 1,
      origin: 'anna',
    })
    const second = item(2, body(1, 12_000))
    expect(undoOf(second, [first, second], {})).toEqual(body(2, 11_800))
    expect(undoOf(first, [first, second], {})).toBeUndefined()
  })
})

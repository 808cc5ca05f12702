import { describe, expect, test } from 'vitest'
import type { Stat } from './declared'
import { columnsOf, curve, valueAt } from './curves'

describe('lines', () => {
  const timed: Stat = { name: 'when', kind: 'timed', by: [], every_s: [60, 3600] }
  const hourly = { '60/61': 9, '3600/1': 4, '3600/2': 6 }
  const plan = { name: 'plan', every_s: 3600, values: [0, 10, 40] }
  test('add up the longest buckets, as a share, the newest up to now', () => {
    const shown = curve(timed, hourly, {}, { running: true, total: 20 }, 3600, 9000)
    expect(shown).toEqual([
      { s: 0, value: 0 },
      { s: 3600, value: 20 },
      { s: 5400, value: 50 },
    ])
  })
  test('are compared with values between those that are known, and none beyond them', () => {
    expect([valueAt(plan, 1800), valueAt(plan, 7200), valueAt(plan, 7201), valueAt(plan, -1)]).toEqual([
      5,
      40,
      undefined,
      undefined,
    ])
  })
  test('share their times with what they are compared with', () => {
    expect(
      columnsOf(
        [
          { s: 0, value: 0 },
          { s: 5400, value: 3 },
        ],
        [plan],
      ),
    ).toEqual([
      [0, 3600, 5400, 7200],
      [0, null, 3, null],
      [0, 10, 25, 40],
    ])
  })
})

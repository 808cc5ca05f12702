import { describe, expect, test } from 'vitest'
import type { Stat } from './declared'
import { alertsOf, signsOf } from './alerts'
import { items } from './rows'
import { mean, rows, spec } from './testing/schools'

describe('rules', () => {
  const low = {
    isOn: { is_on: true, times: 2, began_ms: 5, value: -1 },
    was: { is_on: false, times: 1, began_ms: 1, ended_ms: 9, value: 0 },
  }
  test('are listed by what is on, then by what was, the newest first', () => {
    const listed = alertsOf({ a: low.was, b: low.isOn, c: { ...low.isOn, began_ms: 7 }, d: { is_on: true, times: 0 } })
    expect(listed.map(({ key }) => key)).toEqual(['c', 'b', 'd', 'a'])
    expect(listed[3]).toMatchObject({ isOn: false, times: 1, beganMs: 1, endedMs: 9, value: 0 })
  })
  test('mark the rows they are on for', () => {
    const rule: Stat = { name: 'few', title: 'Few', kind: 'low_water', stat: 'schools', by: [] }
    const signs = signsOf({ ...spec, stats: [mean, rule] }, mean, { few: { 'c/y': low.isOn, 'c/x9': low.was } })
    expect(items(mean, rows, {}, signs).flatMap((one) => (one.signs ? [[one.key, one.signs]] : []))).toEqual([
      ['c/y', 'few'],
    ])
  })
})

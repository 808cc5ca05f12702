import { describe, expect, test } from 'vitest'
import { age, behind, clock, driverName, lapTime, meanTime, parseSeconds, plural, toLeader } from './format'

describe('a figure as text', () => {
  test('is a dash where it is unknown, and never a zero', () => {
    const texts = [lapTime(undefined), behind(null), clock(undefined), meanTime(undefined)]
    expect(texts).toEqual(['–', '–', '–', '–'])
  })
  test.each([
    [15432, '15.432'],
    [62071, '1:02.071'],
    [0, '0.000'],
    [59999, '59.999'],
    [-250, '−0.250'],
  ])('of %d ms is %s', (ms, text) => expect(lapTime(ms)).toBe(text))
  test('of a mean is rounded, so that it is never a millisecond off', () => {
    expect(meanTime(15431.6)).toBe('15.432')
  })
  test('tells time behind from laps down', () => {
    expect([behind(3214), behind(-12), toLeader(40000, 2), toLeader(400, 0)]).toEqual([
      '+3.214',
      '−0.012',
      '−2 L',
      '+0.400',
    ])
  })
  test('shows a race clock', () => expect(clock(3_787_900)).toBe('1:03:07'))
  test('shows an age', () => expect([age(420), age(12_300), age(200_000)]).toEqual(['0.4 s', '12 s', '3 min']))
  test("of a driver loses the feed's marks and keeps a suffix", () => {
    expect(driverName('* Zane Smith')).toEqual({ first: 'Zane', last: 'Smith' })
    expect(driverName('Christopher Bell (P)')).toEqual({ first: 'Christopher', last: 'Bell' })
    expect(driverName('Riley Herbst #')).toEqual({ first: 'Riley', last: 'Herbst' })
    expect(driverName('Ricky Stenhouse Jr.')).toEqual({ first: 'Ricky', last: 'Stenhouse Jr.' })
    expect(driverName(undefined)).toEqual({ first: '', last: '' })
  })
  test('counts in words', () => expect([plural(1, 'lap'), plural(1200, 'lap')]).toEqual(['1 lap', '1,200 laps']))
})

describe('typed seconds', () => {
  test.each([
    ['11.8', 11_800],
    ['11,8', 11_800],
    ['9', 9000],
    ['1:02.5', 62_500],
    ['0.065', 65],
    ['12.', 12_000],
  ])('%s are %d ms', (text, ms) => expect(parseSeconds(text)).toBe(ms))
  test.each(['', 'abc', '-3', '1e3', '11.8888', '.'])('%s are refused', (text) => {
    expect(parseSeconds(text)).toBeUndefined()
  })
})

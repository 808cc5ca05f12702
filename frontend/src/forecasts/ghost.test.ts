import { describe, expect, test } from 'vitest'
import { ghostOf } from './ghost'
import { rejoin } from './testing/bristol'

describe('the ghost', () => {
  const order = ['9', '24', '1']
  test('stands between the neighbours it would have', () => {
    expect(ghostOf({ rejoin }, '24', order)).toEqual({
      car: '24',
      place: 2,
      low: 2,
      high: 3,
      ahead: '9',
      behind: '1',
      before: '1',
    })
  })
  test('is the first or the last where there is nobody', () => {
    expect([ghostOf({ rejoin }, '9', order)!.before, ghostOf({ rejoin }, '1', order)!.before]).toEqual(['24', '24'])
    expect(ghostOf({ rejoin }, '1', ['24', '1', '9'])!.before).toBeUndefined()
  })
  test('is none for a car of which nobody can say', () => {
    expect([ghostOf({}, '24', order), ghostOf({ rejoin }, '77', order), ghostOf({ rejoin }, undefined, order)]).toEqual(
      [undefined, undefined, undefined],
    )
  })
})

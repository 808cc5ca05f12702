import { describe, expect, test } from 'vitest'
import type { Column, Page } from './api'
import { after, changed, holdsWhole, isBehind, words, type Change } from './view'

const page = (): Page => ({
  offset: 10,
  total: 50,
  row_versions: [4, 4, 5],
  columns: { 0: { version: 3, values: [1, 2, 3] }, 1: { version: 7, values: [0, 0, 0] } },
})

const add = (version: number, more: Partial<Change> = {}): Change => ({
  type: 'add',
  column: 0,
  k: 2,
  version,
  seen_ms: 1,
  ...more,
})

describe('a change', () => {
  test('of the next version is done to the rows that are held', () => {
    const next = changed(page(), add(4), true)!
    expect(next.columns[0]).toEqual({ version: 4, values: [3, 4, 5] })
    expect(next.row_versions).toEqual([5, 5, 6])
    expect(next.columns[1]).toEqual(page().columns[1])
  })
  test('that the rows have already changes nothing', () => {
    const held = page()
    expect(changed(held, add(3), true)).toBe(held)
  })
  test('after one that was missed means that the rows are read anew', () => {
    expect(changed(page(), add(5), true)).toBeUndefined()
  })
  test('that needs more than adding whole numbers is left to the server', () => {
    expect(changed(page(), add(4), false)).toBeUndefined()
    expect(changed(page(), add(4, { type: 'affine' }), true)).toBeUndefined()
    expect(changed(page(), add(4, { k: Number.MAX_SAFE_INTEGER }), true)).toBeUndefined()
  })
  test('of a cell is done where it is in view, and counted where it is not', () => {
    const cell = add(4, { type: 'cell', row: 12, value: 9, row_version: 6 })
    const next = changed(page(), cell, false)!
    expect(next.columns[0]!.values).toEqual([1, 2, 9])
    expect(next.row_versions).toEqual([4, 4, 6])
    const elsewhere = changed(page(), { ...cell, row: 40 }, false)!
    expect(elsewhere.columns[0]).toEqual({ version: 4, values: [1, 2, 3] })
  })
  test('is said in words', () => {
    expect(
      [add(1), add(1, { k: -1 }), add(1, { type: 'cell', row: 3, value: 0.5 })].map((one) => words(one as never)),
    ).toEqual(['plus 2', 'minus 1', 'row 3 is now 0.5'])
    expect(words({ type: 'affine', a: 3, b: 1, m: 512 } as never)).toBe('times 3 plus 1 modulo 512')
  })
})

test('changes come in the order of their numbers, those known left out', () => {
  const rows = { 9: add(1), 10: add(2), 11: add(3) }
  expect(after(rows as never, 9).map((one) => one.n)).toEqual([10, 11])
})

test('rows are behind when a version was told that they lack', () => {
  expect(isBehind(page(), { 0: { version: 3 }, 1: { version: 7 } })).toBe(false)
  expect(isBehind(page(), { 0: { version: 4 } })).toBe(true)
})

test('a column has whole numbers unless it says otherwise; of one that is not known nothing is said', () => {
  expect([{ type: 'integer' }, {}, { type: 'number' }, undefined].map((one) => holdsWhole(one as Column))).toEqual([
    true,
    true,
    false,
    false,
  ])
})

import { describe, expect, test } from 'vitest'
import { mergePatch } from './patch'

describe('a merge patch (RFC 7396, appendix A)', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 'foo' }, 'bar', 'bar'],
  ])('of %j by %j gives %j', (target, patch, result) => {
    const before = structuredClone(target)
    expect(mergePatch(target as never, patch as never)).toEqual(result)
    expect(target).toEqual(before)
  })
  test('leaves untouched rows the very same objects', () => {
    const rows = { '24': { place: 1 }, '20': { place: 2 } }
    const after = mergePatch(rows, { '24': { place: 3 } }) as typeof rows
    expect(after['20']).toBe(rows['20'])
    expect(after['24']).not.toBe(rows['24'])
  })
  test('takes a row named like a part of Object for a row', () => {
    expect(mergePatch({}, { constructor: { place: 1 } })).toEqual({ constructor: { place: 1 } })
  })
})

import { expect, test } from 'vitest'
import { outcomeOf } from './api'

test('a loser is told what stands, others why they were refused', () => {
  const stands = { column: 0, row: 1, value: 8, row_version: 5 }
  const refusal = { index: 0, field: 'row_version', got: 4, want: '5' }
  expect(outcomeOf(409, { refused: [{ ...refusal, stands }] })).toEqual({ kind: 'lost', stands })
  expect(outcomeOf(422, { refused: [refusal] })).toEqual({ kind: 'refused', why: 'row_version: got 4, want 5' })
  expect(outcomeOf(200, { folded: true, refused: [] })).toEqual({ kind: 'done' })
})

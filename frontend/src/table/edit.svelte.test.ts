import { expect, test } from 'vitest'
import type { Entry, Outcome } from './api'
import { Edit } from './edit.svelte'
import type { LiveTable } from './live.svelte'

const stands = (value: number, row_version: number) => ({ column: 0, row: 10, value, row_version })
const lost = (value: number, row_version: number): Outcome => ({ kind: 'lost', stands: stands(value, row_version) })

/** An editor of rows from 10 on, the first of which is 7 in version 3, and what it sends. */
function editing(...outcomes: Outcome[]) {
  const page = { offset: 10, total: 20, row_versions: [3], columns: { 0: { version: 1, values: [7] } } }
  const sent: Entry[] = []
  const act = (entry: Entry) => {
    sent.push(entry)
    return Promise.resolve(outcomes.shift() ?? { kind: 'done' as const })
  }
  const live = { page }
  const edit = new Edit(live as unknown as LiveTable, act)
  edit.begin(0, 10)
  return { edit, sent, live }
}
const versions = (sent: Entry[]) => sent.map(({ value, row_version }) => [value, row_version])

test('a cell is written over the version that was seen', async () => {
  const { edit, sent } = editing()
  await edit.write(8)
  expect(sent).toEqual([{ type: 'cell', column: 0, row: 10, value: 8, row_version: 3 }])
  expect([edit.at, edit.clash, edit.refused]).toEqual([undefined, undefined, ''])
})

test('what is the same as before is not sent, nor what was cancelled', async () => {
  const { edit, sent } = editing()
  await edit.write(7)
  edit.begin(0, 10)
  edit.cancel()
  await edit.write(8)
  expect(sent).toEqual([])
})

test('a row that changed elsewhere meanwhile is no conflict: it is written over its new version', async () => {
  const { edit, sent, live } = editing(lost(7, 5))
  live.page = { ...live.page, row_versions: [4] }
  await edit.write(8)
  expect(versions(sent)).toEqual([
    [8, 4],
    [8, 5],
  ])
  expect(edit.clash).toBeUndefined()
})

test('a cell that somebody else wrote is a conflict, which one can insist on', async () => {
  const { edit, sent } = editing(lost(9, 5))
  await edit.write(8)
  expect(edit.clash).toEqual({ column: 0, row: 10, seen: 7, mine: 8, stands: stands(9, 5) })
  await edit.insist()
  expect([versions(sent), edit.clash]).toEqual([
    [
      [8, 3],
      [8, 5],
    ],
    undefined,
  ])
})

test('a row that changes faster than one can write is given up, and it is said', async () => {
  const { edit, sent } = editing(...Array.from({ length: 9 }, (_, n) => lost(7, n)))
  await edit.write(8)
  expect([sent.length, edit.refused]).toEqual([5, 'The row changes too quickly; try again.'])
})

test('a refusal is said until something else is begun', async () => {
  const { edit } = editing({ kind: 'refused', why: 'value: got 8, want less' })
  await edit.write(8)
  expect(edit.refused).toBe('value: got 8, want less')
  edit.begin(0, 10)
  expect(edit.refused).toBe('')
})

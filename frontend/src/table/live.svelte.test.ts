import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tellChange, tellState } from '../page/testing/tab'
import { stubFetch, stubWindow } from '../page/testing/window'
import { LiveTable, MARKED_MS, markOf } from './live.svelte'

vi.mock('../page/tab', () => import('../page/testing/tab'))

const URL = '/api/v1/sources/data/rows?offset=0&limit=90'
const page = (version: number, values: number[]) => ({
  offset: 0,
  total: values.length,
  row_versions: values.map(() => 1),
  columns: { 0: { version, values } },
})
const add = (version: number, k = 1) => ({ type: 'add', column: 0, version, k, seen_ms: 0 })

beforeEach(() => {
  vi.useFakeTimers()
  stubWindow()
})
afterEach(() => void vi.useRealTimers())

/** A table of two rows, read at version 1. */
async function table(): Promise<{ live: LiveTable; fetch: ReturnType<typeof stubFetch> }> {
  const fetch = stubFetch({ [URL]: page(1, [5, 6]) })
  const live = new LiveTable('data', { name: 'me', channel: 'messages/me~secret' })
  live.spec = { kind: 'table', rows: 2, columns: [{ name: 'a', type: 'integer' }] }
  live.look(0, 50)
  await vi.advanceTimersByTimeAsync(0)
  tellState('data', { columns: { 0: { version: 1 } }, changes: { 1: add(1) } })
  return { live, fetch }
}
const values = (live: LiveTable) => live.page!.columns[0]!.values

test('rows that are looked at are read once, and changes done to them without reading again', async () => {
  const { live, fetch } = await table()
  tellChange('data', 'changes', { 2: add(2, 10) }, 'k1.2')
  expect([values(live), fetch.mock.calls.length, live.done]).toEqual([[15, 16], 1, 1])
})

test('rows are read anew when a change was missed', async () => {
  const { live } = await table()
  stubFetch({ [URL]: page(4, [8, 9]) })
  tellChange('data', 'columns', { 0: { version: 4 } }, 'k1.2')
  await vi.advanceTimersByTimeAsync(0)
  expect([values(live), live.reads]).toEqual([[8, 9], 2])
})

test('rows are asked for again where nobody answered', async () => {
  stubFetch({})
  const live = new LiveTable('data', { name: 'me', channel: 'messages/me' })
  live.look(0, 50)
  await vi.advanceTimersByTimeAsync(500)
  expect(live.page).toBeUndefined()
  stubFetch({ [URL]: page(1, [5]) })
  await vi.advanceTimersByTimeAsync(600)
  expect(values(live)).toEqual([5])
})

test('what was there before the page is logged and not marked; what comes is both, for a while', async () => {
  const { live } = await table()
  expect([live.log.length, live.marks.size]).toEqual([1, 0])
  tellChange(
    'data',
    'changes',
    { 2: { type: 'cell', column: 0, row: 1, value: 9, version: 2, row_version: 2 } },
    'k1.2',
  )
  expect([live.log[0]!.n, [...live.marks.keys()]]).toEqual([2, [markOf(0, 1)]])
  await vi.advanceTimersByTimeAsync(MARKED_MS)
  expect(live.marks.size).toBe(0)
})

test('messages are those for this user', async () => {
  const { live } = await table()
  tellState('data', { 'messages/me': { 1: { text: 'hello' } } })
  expect(live.messages).toEqual({ 1: { text: 'hello' } })
})

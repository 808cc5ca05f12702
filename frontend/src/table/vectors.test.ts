/** The vectors that the page and the fold of the server are both held to. */
import { describe, expect, test } from 'vitest'
import file from '../../../tests/vectors/tables.json'
import { outcomeOf, type Column, type Entry, type Page } from './api'
import { Edit, type Clash } from './edit.svelte'
import type { Refused } from '../client/schema'
import type { LiveTable } from './live.svelte'
import { changed, holdsWhole, type Change } from './view'

type Rows = Pick<Page, 'row_versions' | 'columns'>

type Answered = Omit<Refused, 'index'>

interface Step {
  entry: Entry
  mine?: boolean
  told?: Change | null
  after?: Rows
  reads_anew?: boolean
  refused?: Answered
}

interface Vector {
  name: string
  declared: { rows: number; columns: Partial<Column>[] }
  before: Rows
  edit?: { column: number; row: number; write: number; clash?: Clash }
  steps: Step[]
}

const vectors = file.vectors as unknown as Vector[]

/** Some rows of all, as the server would give them. */
function part({ row_versions, columns }: Rows, from: number, to: number): Page {
  const cut = Object.entries(columns).map(([n, { version, values }]) => [
    n,
    { version, values: values.slice(from, to) },
  ])
  const own = Object.fromEntries(cut) as Page['columns']
  return { offset: from, total: row_versions.length, row_versions: row_versions.slice(from, to), columns: own }
}

/** All rows, all but the first, and only the first. */
const PARTS: [from: number, to: number][] = [
  [0, 99],
  [1, 99],
  [0, 1],
]

const answerOf = ({ refused }: Step) =>
  refused
    ? outcomeOf(refused.stands ? 409 : 422, { refused: [{ index: 0, ...refused }] })
    : outcomeOf(200, { folded: true })

describe.each(vectors)('$name', ({ declared, before, steps }) => {
  test.each(PARTS)('is done as the server does it to rows %i to %i', (from, to) => {
    let held = part(before, from, to)
    for (const { told, after, reads_anew } of steps) {
      if (!told) continue
      const next = part(after!, from, to)
      expect(changed(held, told, holdsWhole(declared.columns[told.column]))).toEqual(reads_anew ? undefined : next)
      held = next
    }
  })
})

const refusing = vectors
  .map(({ name, steps }) => ({ name, refused: steps.filter(({ refused }) => refused) }))
  .filter(({ refused }) => refused.length)

test.each(refusing)('$name: is told as refused', ({ refused }) => {
  for (const step of refused) {
    const { stands } = step.refused!
    expect(answerOf(step)).toMatchObject(stands ? { kind: 'lost', stands } : { kind: 'refused' })
  }
})

test.each(vectors.filter((one) => one.edit))('$name', async ({ before, edit, steps }) => {
  const { column, row, write, clash } = edit!
  const mine = steps.filter((step) => step.mine)
  const act = (entry: Entry) => {
    const step = mine.shift()!
    expect(entry).toEqual(step.entry)
    return Promise.resolve(answerOf(step))
  }
  const editing = new Edit({ page: part(before, 0, 99) } as unknown as LiveTable, act)
  editing.begin(column, row)
  await editing.write(write)
  expect([mine, editing.clash, editing.refused]).toEqual([[], clash, ''])
})

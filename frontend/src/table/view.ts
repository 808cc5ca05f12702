/** The rows that a page holds, and what changes make of them: pure. */
import type { Json, Rows } from '../client'
import type { Column, Page } from './api'

/** One change, as the channel `changes` has it. */
export interface Change {
  type: string
  column: number
  version: number
  row?: number
  value?: number
  row_version?: number
  k?: number
  v?: number
  by?: string
  seen_ms: number
}

/** A change under its number. */
export interface Numbered extends Change {
  n: number
}

/** Changes after a number, in their order. */
export function after(rows: Rows, last: number): Numbered[] {
  const numbers = Object.keys(rows)
    .map(Number)
    .filter((n) => n > last)
  return numbers.sort((a, b) => a - b).map((n) => ({ n, ...(rows[n] as unknown as Change) }))
}

/** Are the values of a column whole numbers? They are where its type is not said. */
export function holdsWhole(column: Partial<Column> | undefined): boolean {
  return column !== undefined && column.type !== 'number'
}

/**
 * Do a change to the rows that are held.
 *
 * @returns The rows after it; the same if they have it already; undefined if they must be read anew.
 */
export function changed(page: Page, change: Change, isWhole: boolean): Page | undefined {
  const column = page.columns[change.column]
  if (!column) return undefined
  if (change.version <= column.version) return page
  if (change.version > column.version + 1) return undefined
  return change.type === 'cell' ? withCell(page, change) : withColumn(page, change, isWhole)
}

function withCell(page: Page, change: Change): Page {
  const at = change.row! - page.offset
  const column = page.columns[change.column]!
  const values = at in column.values ? column.values.with(at, change.value!) : column.values
  const row_versions = at in page.row_versions ? page.row_versions.with(at, change.row_version!) : page.row_versions
  return { ...page, row_versions, columns: { ...page.columns, [change.column]: { version: change.version, values } } }
}

/** What needs more than adding whole numbers is left to the server. */
function withColumn(page: Page, change: Change, isWhole: boolean): Page | undefined {
  const of = operation(change, isWhole)
  if (!of) return undefined
  const values = page.columns[change.column]!.values.map((value, at) => of(value, page.offset + at))
  if (!values.every((value) => Number.isSafeInteger(value) || change.type === 'fill')) return undefined
  const row_versions = page.row_versions.map((version) => version + 1)
  return { ...page, row_versions, columns: { ...page.columns, [change.column]: { version: change.version, values } } }
}

/** What an operation makes of one cell; `+ 0`, for there is a minus zero here and none there. */
function operation({ type, k, v }: Change, isWhole: boolean): ((value: number, row: number) => number) | undefined {
  if (type === 'fill') return () => v!
  if (!isWhole) return undefined
  if (type === 'add') return (value) => value + k!
  return type === 'row_index' ? (_, row) => k! * row + 0 : undefined
}

/** Do the rows lack a version that readers were told of? */
export function isBehind(page: Page, told: Rows): boolean {
  return Object.entries(page.columns).some(
    ([n, { version }]) => ((told[n] as { version?: number } | undefined)?.version ?? 0) > version,
  )
}

/** A change in a few words: add 1, row 17 = 8. */
export function words(change: Change & Record<string, Json>): string {
  const { type, row, value, k, v } = change
  if (type === 'cell') return `row ${row} is now ${value}`
  if (type === 'add') return k! < 0 ? `minus ${-k!}` : `plus ${k}`
  if (type === 'fill') return `all are now ${v}`
  if (type === 'row_index') return k === 1 ? 'numbered by row' : `${k} times the row`
  const { a, b, m, seed } = change as unknown as Record<string, number>
  if (type === 'random') return `drawn at random (seed ${seed})`
  return `times ${a} plus ${b}${m === undefined ? '' : ` modulo ${m}`}`
}

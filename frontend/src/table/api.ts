/** What the page of a table asks the server for, and tells it. */

import type { NothingTaken, TableColumn, TableRows, TableSpec, Taken } from '../client/schema'

/** Rows of a table, all of one moment. */
export type Page = Omit<TableRows, 'source'>

export type Column = Pick<TableColumn, 'name' | 'type' | 'decimals'>

/** What the page uses of a declaration, which may turn out to be of another kind. */
export interface Spec extends Pick<TableSpec, 'name' | 'rows'> {
  kind: string
  columns: Column[]
}

/** What is there instead of what somebody wrote who came second. */
export interface Stands {
  column: number
  row: number
  value: number
  row_version: number
  by?: string
}

export type Outcome = { kind: 'done' } | { kind: 'lost'; stands: Stands } | { kind: 'refused'; why: string }

export type Entry = Readonly<Record<string, string | number>>

/** An entry of a type, which is given its uid when it is posted. */
export type Unnamed<E> = Omit<E, 'uid'>

type Answer = Partial<Taken & NothingTaken>

const urlOf = (source: string) => `/api/v1/sources/${encodeURIComponent(source)}`

/** A page of all columns, or undefined while the server does not answer. */
export async function rowsOf(source: string, offset: number, limit: number): Promise<Page | undefined> {
  try {
    const response = await fetch(`${urlOf(source)}/rows?offset=${offset}&limit=${limit}`)
    return response.ok ? ((await response.json()) as Page) : undefined
  } catch {
    return undefined // the page says so and asks again
  }
}

/** Do something once; the same uid again would not do it twice. */
export async function post(source: string, entry: Entry): Promise<Outcome> {
  const body = JSON.stringify({ uid: crypto.randomUUID(), ...entry })
  const headers = { 'Content-Type': 'application/json' }
  try {
    const response = await fetch(`${urlOf(source)}/entries`, { method: 'POST', headers, body })
    return outcomeOf(response.status, (await response.json()) as Answer)
  } catch {
    return { kind: 'refused', why: 'No connection; nothing is known of what became of it.' }
  }
}

export function outcomeOf(status: number, answer: Answer): Outcome {
  const refusal = answer.refused?.[0]
  if (refusal?.stands) return { kind: 'lost', stands: refusal.stands as unknown as Stands }
  if (refusal) return { kind: 'refused', why: `${refusal.field}: got ${String(refusal.got)}, want ${refusal.want}` }
  if (status !== 200) return { kind: 'refused', why: answer.detail ?? `the server answered ${status}` }
  return answer.folded === false ? { kind: 'refused', why: 'It was taken, and is not done yet.' } : { kind: 'done' }
}

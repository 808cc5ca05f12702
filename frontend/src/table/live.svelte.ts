import type { Reader, Rows } from '../client'
import { exposeHooks } from '../page/hooks'
import { connectionOf, UNCONNECTED, type Connection } from '../page/live.svelte'
import { newTab } from '../page/tab'
import { rowsOf, type Page, type Spec } from './api'
import { after, changed, holdsWhole, isBehind, type Numbered } from './view'
import type { User } from './user'

/** Rows held above and below those in view. */
const SPARE = 40
/** Changes in the log of the page. */
const LOGGED = 100
/** How soon it is asked again where nobody answered [ms]. */
const AGAIN_MS = 1000
/** How long a change is marked [ms]. */
export const MARKED_MS = 1600

/** A table as its page sees it: the rows in view, kept up by what is pushed. */
export class LiveTable {
  page = $state.raw<Page | undefined>()
  told = $state.raw<Rows>({})
  log = $state.raw<readonly Numbered[]>([])
  announcements = $state.raw<Rows>({})
  messages = $state.raw<Rows>({})
  connection = $state.raw<Connection>(UNCONNECTED)
  /** How long the newest page took, from asking to having it [ms]. */
  took = $state<number | undefined>()
  /** Pages read, and changes done without reading one. */
  reads = $state(0)
  done = $state(0)
  /** Changes of the last moment, by cell (`column/row`) or column. */
  marks = $state.raw<ReadonlyMap<string, Numbered>>(new Map())
  readonly #reader: Reader
  #from = 0
  #to = 50
  #last = -1
  #pasts = 0
  #asking = false
  #again = false

  constructor(
    readonly source: string,
    readonly user: User,
  ) {
    const tab = newTab()
    const channels = `columns,changes,announcements,${user.channel}`
    this.#reader = tab.follow(source, { channels, onFlush: (flushed) => this.#show(flushed) })
    exposeHooks(tab, this.#reader)
  }

  spec: Spec | undefined

  /** Rows that are looked at; what is not held of them is read. */
  look(from: number, to: number): void {
    this.#from = from
    this.#to = to
    const page = this.page
    const last = Math.min(to, page?.total ?? to)
    if (!page || from < page.offset || last > page.offset + page.row_versions.length) void this.fetch()
  }

  /** Read the rows in view; while one answer is awaited, only the newest wish is kept. */
  async fetch(): Promise<void> {
    this.#again = this.#asking
    if (this.#asking) return
    this.#asking = true
    const offset = Math.max(0, this.#from - SPARE)
    const began = performance.now()
    const page = await rowsOf(this.source, offset, this.#to - offset + SPARE)
    this.#asking = false
    if (!page) return void setTimeout(() => void this.fetch(), AGAIN_MS)
    this.took = performance.now() - began
    this.reads += 1
    this.page = page
    this.look(this.#from, this.#to)
    if (this.#again || isBehind(this.page, this.told)) void this.fetch()
  }

  #show(flushed: ReadonlySet<string>): void {
    this.connection = connectionOf(this.#reader)
    if (this.connection.pasts > this.#pasts) this.#forget()
    const { store } = this.#reader
    if (flushed.has('announcements')) this.announcements = store.rows('announcements')
    const own = this.user.channel.split('~', 1)[0]!
    if (flushed.has(own)) this.messages = store.rows(own)
    if (flushed.has('changes')) this.#take(after(store.rows('changes'), this.#last))
    if (flushed.has('columns')) this.told = store.rows('columns')
    if (this.page && isBehind(this.page, this.told)) void this.fetch()
  }

  /** The server has another past: in it the same versions may be of other cells. */
  #forget(): void {
    this.#pasts = this.connection.pasts
    this.#last = -1
    this.page = undefined
    void this.fetch()
  }

  /** Do what can be done to the rows that are held; the rest is found by the versions. */
  #take(changes: Numbered[]): void {
    if (!changes.length) return
    const isFirst = this.#last < 0
    this.#last = changes.at(-1)!.n
    this.log = [...changes.toReversed(), ...this.log].slice(0, LOGGED)
    for (const change of isFirst ? [] : changes) {
      const next = this.page && changed(this.page, change, holdsWhole(this.spec?.columns[change.column]))
      if (next && next !== this.page) this.done += 1
      if (next) this.page = next
    }
    if (!isFirst) this.#mark(changes)
  }

  #mark(changes: readonly Numbered[]): void {
    const marks = new Map(this.marks)
    for (const one of changes) marks.set(markOf(one.column, one.type === 'cell' ? one.row : undefined), one)
    this.marks = marks
    setTimeout(() => this.#unmark(changes), MARKED_MS)
  }

  #unmark(changes: readonly Numbered[]): void {
    const old = new Set(changes)
    this.marks = new Map([...this.marks].filter(([, one]) => !old.has(one)))
  }
}

export function markOf(column: number, row?: number): string {
  return row === undefined ? `${column}` : `${column}/${row}`
}

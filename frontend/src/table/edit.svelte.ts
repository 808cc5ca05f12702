import type { TableCell } from '../client/schema'
import type { Entry, Outcome, Stands, Unnamed } from './api'
import type { LiveTable } from './live.svelte'

/** Times a change is sent again because others changed the row, though not the cell. */
const TRIES = 5

/** What two people wrote into one cell. */
export interface Clash {
  column: number
  row: number
  seen: number
  mine: number
  stands: Stands
}

/** The cell that is being changed, and what became of the last one. */
export class Edit {
  at = $state.raw<{ column: number; row: number; seen: number; version: number } | undefined>()
  clash = $state.raw<Clash | undefined>()
  refused = $state('')

  constructor(
    private readonly live: LiveTable,
    private readonly act: (entry: Entry) => Promise<Outcome>,
  ) {}

  begin(column: number, row: number): void {
    const held = this.#held(column, row)
    if (held) this.at = { column, row, ...held }
    this.refused = ''
  }

  cancel(): void {
    this.at = undefined
  }

  /** Write what was typed, unless somebody else has changed the cell since. */
  async write(value: number): Promise<void> {
    const { at } = this
    if (!at) return
    this.at = undefined
    if (value === at.seen) return
    const held = this.#held(at.column, at.row)
    // What is pushed keeps the cell up to date: if it shows the same, only the row has changed.
    await this.#send(at.column, at.row, at.seen, value, held?.seen === at.seen ? held.version : at.version)
  }

  /** Write it over what stands there now. */
  async insist(): Promise<void> {
    const { clash } = this
    if (!clash) return
    this.clash = undefined
    await this.#send(clash.column, clash.row, clash.stands.value, clash.mine, clash.stands.row_version)
  }

  dismiss(): void {
    this.clash = undefined
    this.refused = ''
  }

  async #send(column: number, row: number, seen: number, mine: number, row_version: number): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const outcome = await this.act({
        type: 'cell',
        column,
        row,
        value: mine,
        row_version,
      } satisfies Unnamed<TableCell>)
      if (outcome.kind === 'refused') this.refused = outcome.why
      if (outcome.kind !== 'lost') return
      const { stands } = outcome
      this.clash = { column, row, seen, mine, stands }
      if (stands.value !== seen) return
      this.clash = undefined
      row_version = stands.row_version
    }
    this.refused = 'The row changes too quickly; try again.'
  }

  #held(column: number, row: number): { seen: number; version: number } | undefined {
    const { page } = this.live
    const at = row - (page?.offset ?? 0)
    const seen = page?.columns[column]?.values[at]
    return page && seen !== undefined ? { seen, version: page.row_versions[at]! } : undefined
  }
}

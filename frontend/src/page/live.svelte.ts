import { SourceStream, type Link, type Rows } from '../client'
import type { Caution, Lap, Note, Race, Report, Standing, Stint, Stop } from '../figures/race'
import { exposeHooks } from './hooks'

/** What the badge says about the connection. */
export interface Connection {
  link: Link
  cursor: string
  missed: number
  seen: number
  reconnects: number
  retryAt: number | undefined
  newestAt: number | undefined
  unknown: boolean
}

/**
 * A race as the page sees it: every field is replaced, never written into, once per frame
 * at most. Rows that did not change stay the same objects.
 */
export class LiveRace {
  race = $state.raw<Race>({})
  standings = $state.raw<Rows<Standing>>({})
  cautions = $state.raw<Rows<Caution>>({})
  reports = $state.raw<Rows<Report>>({})
  notes = $state.raw<Rows<Note>>({})
  laps = $state.raw<Record<string, Rows<Lap>>>({})
  stops = $state.raw<Record<string, Rows<Stop>>>({})
  stints = $state.raw<Record<string, Rows<Stint>>>({})
  connection = $state.raw<Connection>({
    link: 'catching-up', cursor: '', missed: 0, seen: 0, reconnects: 0,
    retryAt: undefined, newestAt: undefined, unknown: false,
  })
  readonly stream: SourceStream

  constructor(readonly source: string, channels?: string) {
    this.stream = new SourceStream({
      source,
      ...(channels && { channels }),
      onFlush: (changed) => this.#show(changed),
    })
    exposeHooks(this.stream)
  }

  start(): void {
    this.stream.start()
  }

  #show(changed: ReadonlySet<string>): void {
    const { store, ledger, link, reconnects, retryAt, newestAt, unknown } = this.stream
    const { cursor, missed, seen } = ledger
    this.connection = { link, cursor, missed, seen, reconnects, retryAt, newestAt, unknown }
    for (const name of ['race', 'standings', 'cautions', 'reports', 'notes'] as const) {
      if (changed.has(name)) this[name] = store.rows(name) as never
    }
    for (const kind of ['laps', 'stops', 'stints'] as const) this.#showPerCar(kind, changed)
  }

  /** Channels such as `laps/24`: one object of car → rows, replaced if any of them changed. */
  #showPerCar(kind: 'laps' | 'stops' | 'stints', changed: ReadonlySet<string>): void {
    const names = [...changed].filter((name) => name.startsWith(`${kind}/`))
    if (!names.length) return
    const next: Record<string, Rows> = { ...(this[kind] as Record<string, Rows>) }
    for (const name of names) next[name.slice(kind.length + 1)] = this.stream.store.rows(name)
    this[kind] = next as never
  }
}

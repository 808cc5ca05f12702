import type { Link, Reader, Rows } from '../client'
import type { Forecast, Score } from '../figures/forecast'
import type { Told } from '../figures/past'
import type { Caution, Lap, Note, Race, Report, Standing, Stint, Stop } from '../figures/race'
import { exposeHooks } from './hooks'
import { newTab } from './tab'

/** What the badge says about the connection. */
export interface Connection {
  link: Link
  cursor: string
  missed: number
  /** Up to where the server has confirmed, by the chain of its log, that we are in its past. */
  proven: string
  /** Times that turned out otherwise, and all was shown anew. */
  pasts: number
  seen: number
  reconnects: number
  retryAt: number | undefined
  newestAt: number | undefined
  unknown: boolean
  deleted: boolean
}

export const UNCONNECTED: Connection = {
  link: 'catching-up',
  cursor: '',
  missed: 0,
  proven: '',
  pasts: 0,
  seen: 0,
  reconnects: 0,
  retryAt: undefined,
  newestAt: undefined,
  unknown: false,
  deleted: false,
}

export function connectionOf(reader: Reader): Connection {
  const { ledger, link, reconnects, retryAt, newestAt, unknown, deleted } = reader
  const { cursor, missed, proven, pasts, seen } = ledger
  return { link, cursor, missed, proven, pasts, seen, reconnects, retryAt, newestAt, unknown, deleted }
}

/** Channels that are shown as their rows. */
const ROWS = ['race', 'standings', 'cautions', 'reports', 'notes', 'forecasts', 'scores'] as const

/** A race as components are shown it: live, or as it stood at an earlier lap. */
export interface RaceView extends Told {
  readonly source: string
  reports: Rows<Report>
  forecasts: Rows<Forecast>
  scores: Rows<Score>
}

/**
 * A race as the page sees it: every field is replaced, never written into, once per frame
 * at most. Rows that did not change stay the same objects.
 */
export class LiveRace implements RaceView {
  race = $state.raw<Race>({})
  standings = $state.raw<Rows<Standing>>({})
  cautions = $state.raw<Rows<Caution>>({})
  reports = $state.raw<Rows<Report>>({})
  notes = $state.raw<Rows<Note>>({})
  forecasts = $state.raw<Rows<Forecast>>({})
  scores = $state.raw<Rows<Score>>({})
  laps = $state.raw<Record<string, Rows<Lap>>>({})
  stops = $state.raw<Record<string, Rows<Stop>>>({})
  stints = $state.raw<Record<string, Rows<Stint>>>({})
  connection = $state.raw<Connection>(UNCONNECTED)
  readonly reader: Reader

  constructor(
    readonly source: string,
    channels?: string,
  ) {
    const tab = newTab()
    this.reader = tab.follow(source, {
      ...(channels && { channels }),
      onFlush: (changed) => this.#show(changed),
    })
    exposeHooks(tab, this.reader)
  }

  #show(changed: ReadonlySet<string>): void {
    const { store } = this.reader
    this.connection = connectionOf(this.reader)
    for (const name of ROWS) {
      if (changed.has(name)) this[name] = store.rows(name) as never
    }
    for (const kind of ['laps', 'stops', 'stints'] as const) this.#showPerCar(kind, changed)
  }

  /** Channels such as `laps/24`: one object of car → rows, replaced if any of them changed. */
  #showPerCar(kind: 'laps' | 'stops' | 'stints', changed: ReadonlySet<string>): void {
    const names = [...changed].filter((name) => name.startsWith(`${kind}/`))
    if (!names.length) return
    const next: Record<string, Rows> = { ...(this[kind] as Record<string, Rows>) }
    for (const name of names) next[name.slice(kind.length + 1)] = this.reader.store.rows(name)
    this[kind] = next as never
  }
}

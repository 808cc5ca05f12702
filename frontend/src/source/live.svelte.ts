import { parseCursor, type Reader, type Rows } from '../client'
import { exposeHooks } from '../page/hooks'
import { connectionOf, UNCONNECTED, type Connection } from '../page/live.svelte'
import { newTab } from '../page/tab'
import { newestIn } from './clock'
import { declarationOf, type Declared } from './declared'

/** How often the declaration is asked for: it is seldom there too late, and seldom changed [ms]. */
const EVERY_MS = { unknown: 1000, known: 10_000 }

/** A source as its page sees it; channels that did not change stay the same objects. */
export class LiveSource {
  declared = $state.raw<Declared | undefined>()
  channels = $state.raw<Readonly<Record<string, Rows>>>({})
  connection = $state.raw<Connection>(UNCONNECTED)
  /** The newest event time that is known of [ms since 1970]. */
  newestMs = $state.raw<number | undefined>()
  #knownMs: number | undefined
  #past = ''
  /** A snapshot came: what it jumped over was not heard, but its rows may tell of it. */
  #hasJumped = false
  readonly #reader: Reader

  constructor(readonly source: string) {
    const tab = newTab()
    this.#reader = tab.follow(source, {
      onFlush: (changed) => this.#show(changed),
      onChange: ({ at_ms }) => this.#learn(at_ms),
      onSnapshot: (cursor) => this.#jump(cursor),
    })
    exposeHooks(tab, this.#reader)
  }

  /** Ask for the declaration now and then; call what is returned to stop. */
  watch(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    let stopped = false
    const again = async () => {
      const found = await declarationOf(this.source)
      if (found && found.version !== this.declared?.version) this.#declare(found)
      if (!stopped) timer = setTimeout(() => void again(), this.declared ? EVERY_MS.known : EVERY_MS.unknown)
    }
    void again()
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }

  #declare(found: Declared): void {
    this.declared = found
    this.#tell()
  }

  #jump(cursor: string): void {
    const past = `${parseCursor(cursor)?.epoch} ${this.#reader.ledger.pasts}`
    if (past !== this.#past) this.#knownMs = undefined // another one, with another time
    this.#past = past
    this.#hasJumped = true
  }

  #learn(ms: number | undefined): void {
    if (ms !== undefined) this.#knownMs = Math.max(this.#knownMs ?? 0, ms)
  }

  #tell(): void {
    if (this.#hasJumped && this.declared) {
      this.#learn(newestIn(this.declared.spec, this.#reader.store.channels))
      this.#hasJumped = false
    }
    this.newestMs = this.#knownMs
  }

  #show(changed: ReadonlySet<string>): void {
    this.connection = connectionOf(this.#reader)
    if (!changed.size) return
    this.channels = { ...this.#reader.store.channels }
    this.#tell()
  }
}

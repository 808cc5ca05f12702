import { keep, kept } from '../page/kept'
import type { LiveRace } from '../page/live.svelte'
import { credentials, me, post, type Body, type Door, type Me } from './api'
import { nextRevision, reportOf, uidOf, undoOf, type Draft } from './draft'
import { Outbox, type Item } from './outbox'

/** What an operator has before them: who they are, what they sent, and the race behind it. */
export class Desk {
  me = $state.raw<Me>({ login: false })
  #typed = $state(kept('operator', ''))
  trail = $state.raw<readonly Item[]>([])
  readonly #outbox: Outbox
  #login = ''

  constructor(readonly live: LiveRace) {
    const key = `trail.${live.source}`
    const before = kept<Item[]>(key, [])
    this.#outbox = new Outbox(
      (door, body) => this.#send(door, body),
      (items) => {
        this.trail = items
        keep(key, items)
      },
      before,
    )
    this.trail = before
  }

  /** Ask who we are and send what an earlier visit left in the queue. */
  start(): () => void {
    const again = () => void this.#outbox.pump()
    void this.#ask()
    again()
    window.addEventListener('online', again)
    return () => window.removeEventListener('online', again)
  }

  /** The name that stands under reports: the login's, else the typed one. */
  get operator(): string {
    return this.me.operator ?? this.#typed
  }

  set operator(name: string) {
    this.#typed = name
    keep('operator', name.trim())
  }

  get waiting(): readonly Item[] {
    return this.trail.filter((item) => item.state === 'queued')
  }

  /** Send what the draft says: a first report, or a correction of one's own. */
  report(draft: Draft): Item {
    const uid = uidOf(draft.operator.trim(), draft.car.trim(), Number(draft.lap))
    return this.#outbox.add('entries', reportOf(draft, this.#next(uid)))
  }

  /** The earlier report that a draft would correct, if there is one. */
  correctedBy(draft: Draft): boolean {
    return this.#next(uidOf(draft.operator.trim(), draft.car.trim(), Number(draft.lap))) > 0
  }

  undo(item: Item): void {
    const body = this.undoable(item)
    if (body) this.#outbox.add('entries', body)
  }

  undoable(item: Item): Body | undefined {
    return undoOf(item, this.trail, this.live.reports)
  }

  decide(decision: Body): void {
    this.#outbox.add('decisions', decision)
  }

  retry(): void {
    void this.#outbox.pump()
  }

  #next(uid: string): number {
    return nextRevision(uid, this.trail, this.live.reports)
  }

  /** @returns Why not, or nothing if we are in. */
  async logIn(name: string, password: string): Promise<string> {
    const login = credentials(name, password)
    const who = await me(login).catch(() => null)
    if (who === null) return 'No connection; try again.'
    if (!who?.operator) return 'Wrong name or password.'
    this.me = who
    this.#login = login
    this.retry()
    return ''
  }

  #send(door: Door, body: Body) {
    return post(this.live.source, door, body, this.me.login ? this.#login : undefined)
  }

  async #ask(): Promise<void> {
    // Without an answer the typed name holds; posts say what is wrong.
    this.me = (await me().catch(() => undefined)) ?? this.me
  }
}

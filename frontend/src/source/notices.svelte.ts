/** What webhooks told and what became of it; it is not part of the state, so it is asked for. */
import type { Webhooks } from '../client/schema'

export type { Notice } from '../client/schema'

type Told = Pick<Webhooks, 'counts' | 'notices'>

/** The route is made to be asked so often (docs/protocol.md) [ms]. */
const EVERY_MS = 2000
const MOST = 100

export class Notices {
  told = $state.raw<Told>({ counts: { pending: 0, delivered: 0, dead: 0 }, notices: [] })
  /** Why the last answer could not be had; empty when it could. */
  trouble = $state('')
  /** Why the last dead notice was not sent again; empty when it was. */
  unsent = $state('')
  readonly #url: string

  constructor(source: string) {
    this.#url = `/api/v1/sources/${encodeURIComponent(source)}/webhooks`
  }

  /** Ask again and again while the page is seen; call what is returned to stop. */
  watch(): () => void {
    void this.#ask()
    const timer = setInterval(() => document.hidden || void this.#ask(), EVERY_MS)
    return () => clearInterval(timer)
  }

  /** Send a dead notice again. */
  async resend(id: string): Promise<void> {
    const response = await fetch(`${this.#url}/${encodeURIComponent(id)}/resend`, { method: 'POST' }).catch(
      () => undefined,
    )
    this.unsent = response?.ok ? '' : `not sent again: ${response ? response.statusText : 'no connection'}`
    if (response?.ok) await this.#ask()
  }

  async #ask(): Promise<void> {
    try {
      const response = await fetch(`${this.#url}?limit=${MOST}`)
      if (!response.ok) throw new Error(response.statusText)
      this.told = (await response.json()) as Told
      this.trouble = ''
    } catch (error) {
      this.trouble = `not as of now: ${error instanceof TypeError ? 'no connection' : (error as Error).message}`
    }
  }
}

import { Connection, type Connected, type Listener } from './connection'
import type { State } from './protocol'

/** How long the state may take [ms]; what comes meanwhile waits in memory. */
const STATE_MS = 10_000

/** What the hub needs of the world; tests have a world of their own. */
export interface World {
  connect(listener: Listener): Connected
  /** The state of some channels, undefined if it cannot be had now. */
  state(source: string, channels: readonly string[]): Promise<State | undefined>
}

export const browser: World = {
  connect: (listener) => new Connection(listener),
  async state(source, channels) {
    const query = new URLSearchParams({ channels: channels.join(',') })
    const url = `/api/v1/sources/${encodeURIComponent(source)}/state?${query}`
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(STATE_MS) })
      return answer.ok ? ((await answer.json()) as State) : undefined
    } catch {
      return undefined // the server or the network is away; it is asked again
    }
  },
}

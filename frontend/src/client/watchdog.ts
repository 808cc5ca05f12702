/** Heartbeat to expect before one was measured [ms]: the server's default, 15 s + 20 %. */
const EXPECTED_MS = 18_000
/** How many heartbeats may fail before the connection counts as dead. */
const PATIENCE = 2.5
/** A measured interval is not believed below this [ms]: timers of a hidden tab run once a second. */
const SHORTEST_MS = 400

/**
 * Notices a connection that is open but says nothing, which `EventSource` never reports.
 * Every event feeds it; heartbeats also teach it how often to expect one.
 */
export class Watchdog {
  #interval = EXPECTED_MS
  #lastBeat: number | undefined
  #lastEvent: number

  constructor(now: number) {
    this.#lastEvent = now
  }

  /** A new connection: silence is counted from now, what was learned about the interval stays. */
  restart(now: number): void {
    this.#lastEvent = now
    this.#lastBeat = undefined
  }

  event(now: number): void {
    this.#lastEvent = now
  }

  heartbeat(now: number): void {
    if (this.#lastBeat !== undefined) {
      const measured = Math.max(SHORTEST_MS, now - this.#lastBeat)
      // Up at once and down by halves: believing in too short an interval costs a needless reconnect.
      this.#interval = measured > this.#interval ? measured : (this.#interval + measured) / 2
    }
    this.#lastBeat = now
    this.event(now)
  }

  /** Silence after which the connection counts as dead [ms]. */
  get limit(): number {
    return PATIENCE * this.#interval
  }

  isSilent(now: number): boolean {
    return now - this.#lastEvent > this.limit
  }
}

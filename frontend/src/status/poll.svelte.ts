import { perSecond, quantile, type Span, type Status } from './metrics'

/** How often the server is asked [ms]. */
export const EVERY_MS = 2000
/** What "lately" means on the page [ms]. */
export const LATELY_MS = 60_000
const KEPT = LATELY_MS / EVERY_MS + 1

/** The answers of the last minute, and what each step between two of them shows. */
export class Poll {
  answers = $state.raw<Status[]>([])
  lost = $state(false)

  /** The newest answer, and the oldest of the last minute. */
  get span(): Span | undefined {
    const now = this.answers.at(-1)
    return now && { now, then: this.answers.length > 1 ? this.answers[0] : undefined }
  }

  /** Publish to write [s], at each step; undefined where nothing was written. */
  get lag(): (number | undefined)[] {
    return this.#steps((step) => quantile(step, 'pitlive_lag_seconds', 0.99))
  }

  /** Deliveries a second, at each step. */
  get deliveries(): (number | undefined)[] {
    return this.#steps((step) => perSecond(step, 'pitlive_deliveries_total'))
  }

  /** Ask until the returned function is called. */
  start(): () => void {
    let stopped = false
    let timer = 0
    const again = async () => {
      this.#take(await ask())
      if (!stopped) timer = window.setTimeout(() => void again(), EVERY_MS)
    }
    void again()
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }

  #take(answer: Status | undefined) {
    this.lost = answer === undefined
    if (!answer || answer.server_ms === this.answers.at(-1)?.server_ms) return
    this.answers = [...this.answers, answer].slice(-KEPT)
  }

  #steps(figure: (step: Span) => number | undefined) {
    return this.answers.slice(1).map((now, i) => figure({ now, then: this.answers[i] }))
  }
}

async function ask(): Promise<Status | undefined> {
  try {
    const response = await fetch('/api/v1/status')
    return response.ok ? ((await response.json()) as Status) : undefined
  } catch {
    return undefined // the page says so and asks again
  }
}

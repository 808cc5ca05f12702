import { untrack } from 'svelte'
import { cut } from '../figures/past'
import type { LiveRace, RaceView } from '../page/live.svelte'
import type { Replay } from './replay.svelte'

/**
 * The race that the page shows: the live one, or an earlier lap while one is looked at.
 *
 * A lap that is looked at is cut once: what comes in live goes on underneath and moves nothing.
 */
export class Shown implements RaceView {
  readonly source: string

  constructor(
    private readonly live: LiveRace,
    private readonly replay: Replay,
  ) {
    this.source = live.source
  }

  #cut = $derived.by(() => {
    const past = this.replay.past
    return past && untrack(() => cut(past, this.live))
  })

  get race() {
    return (this.#cut ?? this.live).race
  }
  get standings() {
    return (this.#cut ?? this.live).standings
  }
  get cautions() {
    return (this.#cut ?? this.live).cautions
  }
  get notes() {
    return (this.#cut ?? this.live).notes
  }
  get laps() {
    return (this.#cut ?? this.live).laps
  }
  get stops() {
    return (this.#cut ?? this.live).stops
  }
  get stints() {
    return (this.#cut ?? this.live).stints
  }
  get reports() {
    return this.live.reports
  }
  /** Scores are as of now: how right the forecasts were that have an outcome. */
  get scores() {
    return this.live.scores
  }
  get forecasts() {
    return this.replay.past?.forecasts ?? this.live.forecasts
  }
}

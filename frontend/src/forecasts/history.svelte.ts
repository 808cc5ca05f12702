import type { Forecasts } from '../figures/forecast'
import type { Race } from '../figures/race'
import { NoLap } from './laps'
import type { Replay } from './replay.svelte'
import { missingLaps, Timeline } from './timeline'

/** The lap that forecasts are of; without any, the lap of the race. */
export function lapOf({ forecasts, race }: { forecasts: Forecasts; race: Race }): number {
  return forecasts.win?.lap ?? forecasts.caution?.lap ?? race.lap ?? 0
}

/** Past laps asked for to draw lines over the whole race: one in ten of a long one. */
const MOST_ASKED = 50

/** Chances by lap for the lines, gathered while the page is open and filled from past laps. */
export class History {
  readonly timeline = new Timeline()
  /** Rises when there is something new to draw. */
  version = $state(0)
  #filling = false

  take(forecasts: Forecasts): void {
    if (this.timeline.take(forecasts)) this.version += 1
  }

  /** Ask for some of the laps run before the page was opened, one after the other, until `stopped`. */
  async fill(replay: Replay, last: number, stopped: () => boolean): Promise<void> {
    if (this.#filling) return
    this.#filling = true
    try {
      for (const lap of missingLaps(1, last, (one) => this.timeline.has(one), MOST_ASKED)) {
        if (stopped()) return
        await this.#one(replay, lap)
      }
    } finally {
      this.#filling = false
    }
  }

  async #one(replay: Replay, lap: number): Promise<void> {
    try {
      this.take((await replay.fetch(lap)).forecasts)
    } catch (error) {
      if (!(error instanceof NoLap)) throw error // a lap that nobody has stays a hole in the line
    }
  }
}

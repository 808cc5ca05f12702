import { untrack } from 'svelte'
import { revisionOf } from '../figures/forecast'
import type { LiveRace } from '../page/live.svelte'
import { History } from './history.svelte'
import { fetchSpan, NoLap } from './laps'
import { Replay } from './replay.svelte'
import { Shown } from './shown.svelte'

/** What the page needs to look ahead and back: the lap shown, and chances over all laps. */
export class Outlook {
  readonly replay: Replay
  readonly shown: Shown
  readonly history = new History()
  /** The first lap that can be looked back at. */
  first = $state(1)

  constructor(private readonly live: LiveRace) {
    this.replay = new Replay(live.source)
    this.shown = new Shown(live, this.replay)
  }

  #started = $derived.by(() => (this.live.race.lap ?? 0) > 0)

  /** Gather what comes; call it while a component is set up. `open` says whether forecasts are looked at. */
  gather(open: () => boolean): void {
    $effect(() => this.history.take(this.live.forecasts))
    $effect(() => this.history.take(this.replay.past?.forecasts ?? {}))
    $effect(() => this.replay.corrected(revisionOf(this.live.forecasts)))
    $effect(() => {
      if (this.#started) void this.#ask()
    })
    $effect(() => {
      if (this.#started && open()) return this.#fill()
    })
  }

  async #ask(): Promise<void> {
    try {
      this.first = (await fetchSpan(this.live.source))?.[0] ?? 1
    } catch (error) {
      if (!(error instanceof NoLap)) throw error // then it begins at lap 1, and a lap that is not there says so
    }
  }

  /** @returns How to stop it. */
  #fill(): () => void {
    let stopped = false
    void this.history.fill(
      this.replay,
      untrack(() => this.live.race.lap ?? 0),
      () => stopped,
    )
    return () => (stopped = true)
  }
}

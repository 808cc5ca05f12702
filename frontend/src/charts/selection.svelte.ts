import { untrack } from 'svelte'
import { towerOrder } from '../figures/tower'
import { keep, kept } from '../page/kept'
import type { LiveRace } from '../page/live.svelte'
import { assignSlots } from './slots'

/** Colours there are for lines; more chosen cars than this could not be told apart. */
export const MOST_CHOSEN = 10
const TOP = 5
/** How often the cars chosen by default follow the order [leader laps]. */
const FOLLOW_LAPS = 10
const NOBODY: ReadonlySet<string> = new Set()

/** Which cars the charts show, in which colour, and which the user follows as favourites. */
export class Selection {
  favourites = $state.raw<ReadonlySet<string>>(new Set(kept<string[]>('favourites', [])))
  /** The car that forecasts are told of: the last one looked at. */
  looked = $state.raw<string | undefined>()
  #picked = $state.raw<string[] | undefined>()
  #slots: ReadonlyMap<string, number> = new Map()

  constructor(private readonly live: LiveRace) {}

  /** Changes when the default choice is to be made anew. */
  #when = $derived.by(() => {
    const { race, standings } = this.live
    return `${Math.floor((race.lap ?? 0) / FOLLOW_LAPS)}/${Object.keys(standings).length > 0}`
  })

  #byDefault = $derived.by(() => {
    void this.#when
    const order = untrack(() => towerOrder(this.live.standings, NOBODY)).map((row) => row.car)
    const followed = order.filter((car) => this.favourites.has(car))
    return [...new Set([...order.slice(0, TOP), ...followed])].slice(0, MOST_CHOSEN)
  })

  /** Cars of the charts: those picked, else the first five and the favourites. */
  chosen = $derived(this.#picked ?? this.#byDefault)

  /** Car → name of its colour token; a car keeps its colour for as long as it is chosen. */
  colours = $derived.by(() => {
    this.#slots = assignSlots(this.#slots, this.chosen)
    return new Map([...this.#slots].map(([car, slot]) => [car, `--car-${slot + 1}`]))
  })

  get isDefault(): boolean {
    return this.#picked === undefined
  }

  toggle(car: string): void {
    const others = this.chosen.filter((c) => c !== car)
    const added = others.length < this.chosen.length ? others : [...others, car]
    this.#picked = added.slice(-MOST_CHOSEN)
  }

  /** Look at a car, which chooses it too; looking at it again lets it go. */
  look(car: string): void {
    if (this.looked === car || !this.chosen.includes(car)) this.toggle(car)
    this.looked = car
  }

  /** Back to the default choice. */
  reset(): void {
    this.#picked = undefined
  }

  toggleFavourite(car: string): void {
    const next = new Set(this.favourites)
    if (!next.delete(car)) next.add(car)
    this.favourites = next
    keep('favourites', [...next])
  }
}

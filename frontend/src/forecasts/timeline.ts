import type { Column } from '../charts/series'
import { chancesOf, said, type Forecasts } from '../figures/forecast'

/** What is kept of a lap for lines over laps. */
interface Kept {
  revision: number
  caution: readonly (number | null)[] | undefined
  win: ReadonlyMap<string, number> | undefined
}

/**
 * Chances by lap, gathered as they come and filled from past laps.
 *
 * A lap is replaced by a higher revision of itself only.
 */
export class Timeline {
  #laps = new Map<number, Kept>()
  #ahead: readonly number[] = []

  /** @returns Whether anything is new. */
  take(forecasts: Forecasts): boolean {
    const { caution, win } = forecasts
    const row = win ?? caution
    if (!row) return false
    const { lap, revision = 0 } = row
    const before = this.#laps.get(lap)
    if (before && before.revision >= revision && (before.caution || !caution) && (before.win || !win)) return false
    if (caution) this.#ahead = caution.ahead
    this.#laps.set(lap, {
      revision,
      caution: caution?.value[0] ?? before?.caution,
      win: win ? winsOf(forecasts) : before?.win,
    })
    return true
  }

  has(lap: number): boolean {
    return this.#laps.has(lap)
  }

  get size(): number {
    return this.#laps.size
  }

  /** Chance of a caution within a horizon, laps 1 to n; null where none was said, undefined where nobody asked. */
  caution(ahead: number, n: number): Column {
    const column = this.#ahead.indexOf(ahead)
    return this.#column(n, (kept) => kept.caution?.[column])
  }

  /** Chance of a car to win, laps 1 to n. */
  win(car: string, n: number): Column {
    return this.#column(n, (kept) => kept.win?.get(car))
  }

  #column(n: number, pick: (kept: Kept) => number | null | undefined): Column {
    const column: Column = new Array<undefined>(n).fill(undefined)
    for (const [lap, kept] of this.#laps) if (lap >= 1 && lap <= n) column[lap - 1] = pick(kept) ?? null
    return column
  }
}

function winsOf(forecasts: Forecasts): ReadonlyMap<string, number> {
  const cars = forecasts.win?.cars ?? []
  return new Map(
    cars.flatMap((car) => {
      const chance = said(forecasts, 'win', car)?.value ?? chancesOf(forecasts.win, car)?.[0]
      return chance === undefined ? [] : [[car, chance]]
    }),
  )
}

/** Laps to ask for so that lines over laps 1 to `last` have no long holes: coarse ones first, `most` in all. */
export function missingLaps(first: number, last: number, has: (lap: number) => boolean, most: number): number[] {
  const step = Math.max(1, Math.ceil((last - first + 1) / most))
  const wanted: number[] = []
  for (let every = step * 8; every >= step; every /= 2) {
    for (let lap = last - 1; lap >= first; lap -= Math.max(1, Math.round(every))) {
      if (!has(lap) && !wanted.includes(lap)) wanted.push(lap)
    }
  }
  return wanted.slice(0, most)
}

import { said, type Forecasts, type Said } from '../figures/forecast'

/** What one car is likely to do next. */
export interface Move {
  car: string
  /** Chance of a green stop soon, and over how many laps. */
  soon: Said | undefined
  /** Chances of the options of `next_move`: pit now, at the next caution. */
  now: Said | undefined
  caution: Said | undefined
  /** The likeliest number of tyres. */
  tyres: Said | undefined
}

/** Laps over which "soon" is told, the first that there is. */
const SOON = [5, 1, 10]

/** What the others will do, the likeliest to stop first; cars of which nothing is known are left out. */
export function movesOf(all: Forecasts, cars: readonly string[]): Move[] {
  const moves = cars.map((car) => moveOf(all, car))
  const known = moves.filter((move) => move.soon ?? move.now ?? move.caution)
  return known.sort((a, b) => likely(b) - likely(a))
}

function likely(move: Move): number {
  return move.now?.value ?? move.soon?.value ?? move.caution?.value ?? 0
}

export function moveOf(all: Forecasts, car: string): Move {
  const horizon = SOON.find((laps) => all.pit_hazard?.ahead.includes(laps))
  return {
    car,
    soon: horizon === undefined ? undefined : said(all, 'pit_hazard', car, horizon),
    now: option(all, car, /now/),
    caution: option(all, car, /caution/),
    tyres: tyresOf(all, car),
  }
}

function option(all: Forecasts, car: string, like: RegExp): Said | undefined {
  const name = all.next_move?.options?.find((one) => like.test(one))
  return name === undefined ? undefined : said(all, 'next_move', car, name)
}

/** Options that are about tyres have a number or its word in their name. */
const TYRES = /(^|\D)[024]($|\D)|two|four|fuel|none|tyre|tire/

function tyresOf(all: Forecasts, car: string): Said | undefined {
  const options = all.next_move?.options?.filter((one) => TYRES.test(one) && !/now|caution/.test(one)) ?? []
  const found = options.flatMap((one) => said(all, 'next_move', car, one) ?? [])
  return found.sort((a, b) => b.value - a.value)[0]
}

/** Chance to stop in each of the laps to come, by stretches: the steps between horizons, evenly. */
export function hazardSteps(all: Forecasts, car: string): { from: number; to: number; perLap: number }[] {
  const row = all.pit_hazard
  const horizons = [...(row?.ahead ?? [])].filter((ahead) => ahead > 0).sort((a, b) => a - b)
  const steps: { from: number; to: number; perLap: number }[] = []
  let [from, chance] = [0, 0]
  for (const to of horizons) {
    const next = said(all, 'pit_hazard', car, to)?.value
    if (next === undefined) continue
    // Chance in this stretch if it has not stopped before, spread over its laps.
    const left = Math.max(1e-9, 1 - chance)
    steps.push({ from, to, perLap: 1 - Math.max(0, 1 - Math.max(0, next - chance) / left) ** (1 / (to - from)) })
    ;[from, chance] = [to, Math.max(chance, next)]
  }
  return steps
}

/** Laps to the typical stop and to dry, by option name or by order. */
export function stintOf(all: Forecasts, car: string): { typical: Said | undefined; dry: Said | undefined } {
  const options = all.stint?.options ?? []
  const find = (like: RegExp, otherwise: number) => {
    const at = options.findIndex((one) => like.test(one))
    const column = at >= 0 ? at : options.length ? -1 : otherwise
    const ahead = all.stint?.ahead[column]
    return ahead === undefined ? undefined : said(all, 'stint', car, options[column] ?? ahead)
  }
  return { typical: find(/typ|stop|stint/, 0), dry: find(/dry|fuel|empty/, 1) }
}

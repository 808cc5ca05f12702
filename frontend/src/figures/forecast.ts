/**
 * The rows of the channels `forecasts` and `scores`, and how a number is taken from them.
 * Unknown is null or absent.
 */

type Known = number | null
type Line = readonly Known[]

/** A figure that is forecast: a line a car (or one about the race), a column a horizon or an option. */
export interface Forecast {
  lap: number
  revision?: number
  unit?: string
  kind?: string
  /** Laps ahead, 0 = to the end; or the numbers of `options`. */
  ahead: readonly number[]
  options?: readonly string[]
  cars?: readonly string[]
  others?: readonly (readonly (string | null)[])[]
  value: readonly Line[]
  low?: readonly Line[]
  mid?: readonly Line[]
  high?: readonly Line[]
  /** Chance of each place from 1, or of each count from 0; zeros at the end are cut. */
  chances?: readonly (Line | null)[]
  n?: Line
  weight?: Line
}

export type Forecasts = Readonly<Record<string, Forecast>>

/** How right a figure was over one horizon so far; of every score, less is better. */
export interface Score {
  figure: string
  ahead: number
  score: string
  n: number
  ours?: number | null
  base?: number | null
  /** Other scores of the same forecasts: ours and the baseline's. */
  also?: Readonly<Record<string, readonly [number | null, number | null]>>
  covers80?: number | null
  covers90?: number | null
  reliability?: readonly (readonly [said: number, came: number, n: number])[]
  shadow?: boolean
}

/** A figure that says nothing: it has not been fitted, or it failed. */
export interface Silent {
  figure: string
  unfitted?: boolean
  failed?: string
}

export type Scores = Readonly<Record<string, Score | Silent>>

/** Whether a row of the scorecard is a score, and not about a figure that says nothing. */
export function isScore(row: Score | Silent): row is Score {
  return 'n' in row
}

/** One number of a forecast with all that belongs to it. */
export interface Said {
  name: string
  row: Forecast
  car?: string
  line: number
  column: number
  value: number
  low?: number
  mid?: number
  high?: number
  n?: number
  weight?: number
  others: readonly (string | null)[]
}

/** The column of a horizon [laps] or of an option; undefined if the row has none. */
export function columnOf(row: Forecast | undefined, which: number | string): number | undefined {
  const at = typeof which === 'string' ? row?.options?.indexOf(which) : row?.ahead.indexOf(which)
  return at === undefined || at < 0 ? undefined : at
}

/** Lines by car, found once for each row: rows are never written to. */
const lines = new WeakMap<Forecast, ReadonlyMap<string, number>>()

/** The line of a car, or the only one of a figure about the race. */
export function lineOf(row: Forecast, car?: string): number | undefined {
  if (!row.cars) return car === undefined ? 0 : undefined
  let known = lines.get(row)
  if (!known) lines.set(row, (known = new Map(row.cars.map((one, i) => [one, i]))))
  return known.get(car ?? '')
}

/**
 * What a figure says of a car (or of the race) in a column; undefined where it says nothing.
 *
 * @param which Laps ahead, the name of an option, or left out for the first column.
 */
export function said(all: Forecasts, name: string, car?: string, which?: number | string): Said | undefined {
  const row = all[name]
  const column = which === undefined ? 0 : columnOf(row, which)
  if (!row || column === undefined) return undefined
  const line = lineOf(row, car)
  const value = line === undefined ? undefined : row.value[line]?.[column]
  if (line === undefined || value == null) return undefined
  const part = (name: 'low' | 'mid' | 'high') => known(row[name]?.[line]?.[column])
  return {
    name,
    row,
    line,
    column,
    value,
    low: part('low'),
    mid: part('mid'),
    high: part('high'),
    ...(car !== undefined && { car }),
    n: known(row.n?.[line]),
    weight: known(row.weight?.[line]),
    others: row.others?.[line] ?? [],
  }
}

const known = (value: Known | undefined) => value ?? undefined

/** How often facts of the race had been corrected when the forecasts were made. */
export function revisionOf(all: Forecasts): number {
  return Math.max(0, ...Object.values(all).map((row) => row.revision ?? 0))
}

/** The chances of a car, of each place or count; undefined where there are none. */
export function chancesOf(row: Forecast | undefined, car?: string): readonly number[] | undefined {
  const line = row && lineOf(row, car)
  const found = line === undefined ? undefined : row?.chances?.[line]
  return found?.map((chance) => chance ?? 0)
}

/** The chance to be among the first `places`; undefined without chances. */
export function among(chances: readonly number[] | undefined, places: number): number | undefined {
  return (
    chances &&
    Math.min(
      1,
      chances.slice(0, places).reduce((sum, one) => sum + one, 0),
    )
  )
}

/** The mean place: what is expected, where the median hides the tails. */
export function expectedPlace(chances: readonly number[] | undefined): number | undefined {
  const sum = chances?.reduce((all, one) => all + one, 0)
  if (!chances || !sum) return undefined
  return chances.reduce((all, one, i) => all + one * (i + 1), 0) / sum
}

/** The places between which it will be with a chance of `high` − `low`. */
export function bandOf(
  chances: readonly number[] | undefined,
  low: number,
  high: number,
): [number, number] | undefined {
  const sum = chances?.reduce((all, one) => all + one, 0)
  if (!chances || !sum) return undefined
  const at = (level: number) => {
    let run = 0
    return chances.findIndex((one) => (run += one / sum) >= level - 1e-9) + 1
  }
  return [at(low), at(high) || chances.length]
}

/** The score of a forecast over its horizon; published ones only. */
export function scoreOf(scores: Scores, one: Pick<Said, 'name' | 'row' | 'column'>): Score | undefined {
  const found = scores[`${one.name}/${one.row.ahead[one.column]}`]
  return found && isScore(found) && !found.shadow ? found : undefined
}

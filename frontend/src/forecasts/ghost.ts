import { said, type Forecasts } from '../figures/forecast'

/** Where a car would come out if it stopped now. */
export interface Ghost {
  car: string
  place: number
  low: number | undefined
  high: number | undefined
  ahead: string | null
  behind: string | null
  /** The car whose row it stands before; undefined at the end. */
  before: string | undefined
}

/** The ghost of a car in a tower in this order; undefined where nobody can say. */
export function ghostOf(all: Forecasts, car: string | undefined, order: readonly string[]): Ghost | undefined {
  const one = car === undefined ? undefined : said(all, 'rejoin', car)
  if (!one || car === undefined) return undefined
  const [ahead = null, behind = null] = one.others
  return { car, place: one.value, low: one.low, high: one.high, ahead, behind, before: beforeOf(ahead, behind, order) }
}

function beforeOf(ahead: string | null, behind: string | null, order: readonly string[]): string | undefined {
  if (behind !== null && order.includes(behind)) return behind
  const at = ahead === null ? -1 : order.indexOf(ahead)
  return at < 0 ? undefined : order[at + 1]
}

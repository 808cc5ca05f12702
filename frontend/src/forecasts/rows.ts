import { among, bandOf, chancesOf, expectedPlace, said, type Forecasts, type Said } from '../figures/forecast'
import type { Standing } from '../figures/race'
import { hazardSteps, stintOf } from './moves'

/** A car of the board: what is said of its next stop and of its finish. */
export interface Row {
  car: string
  place: number | undefined
  steps: ReturnType<typeof hazardSteps>
  typical: Said | undefined
  dry: Said | undefined
  finish: Said | undefined
  chances: readonly number[] | undefined
  expected: number | undefined
  band: [number, number] | undefined
  win: Said | undefined
  topFive: number | undefined
  topTen: number | undefined
}

/** The board in the order given. */
export function boardRows(all: Forecasts, order: readonly Standing[]): Row[] {
  return order.map(({ car, place }) => {
    const chances = chancesOf(all.finish, car)
    const finish = said(all, 'finish', car)
    return {
      car,
      place,
      finish,
      chances,
      ...stintOf(all, car),
      steps: hazardSteps(all, car),
      expected: expectedPlace(chances) ?? finish?.value,
      band: bandOf(chances, 0.1, 0.9) ?? pair(finish),
      win: said(all, 'win', car),
      topFive: among(chances, 5),
      topTen: among(chances, 10),
    }
  })
}

function pair(one: Said | undefined): [number, number] | undefined {
  return one?.low === undefined || one.high === undefined ? undefined : [one.low, one.high]
}

/** Laps ahead that the pit windows show: to the farthest typical stop, within reason. */
export function reachOf(rows: readonly Row[]): number {
  const LEAST = 15
  const MOST = 60
  const far = rows.map((row) => row.typical?.value ?? 0)
  return Math.min(MOST, Math.max(LEAST, Math.ceil((Math.max(0, ...far) + 2) / 5) * 5))
}

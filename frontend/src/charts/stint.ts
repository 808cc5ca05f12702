import { clock, lapTime, meanTime, UNKNOWN } from '../figures/format'
import type { Report, Stint, Stop } from '../figures/race'

/** Colour token of a stint by the tyres it began on; `first` stints start on a full new set. */
export function tyreToken(tires: number | undefined, first: boolean): string {
  if (tires === undefined) return first ? '--tyres-4' : '--tyres-unknown'
  return tires >= 3 ? '--tyres-4' : tires > 0 ? '--tyres-2' : '--tyres-0'
}

/** What a person wants to know of a stint, one line each. */
export function stintLines(number: string, stint: Stint): string[] {
  const laps = `laps ${stint.first_lap}–${stint.last_lap ?? ''}`
  return [
    `Stint ${number}: ${laps}, ${stint.laps ?? UNKNOWN} laps, ${stint.green_laps ?? UNKNOWN} green`,
    `Green mean ${meanTime(stint.mean_ms)}, best ${lapTime(stint.best_ms)}`,
  ]
}

/** What a person wants to know of a stop, and where the service time comes from. */
export function stopLines(number: string, stop: Stop, report: Report | undefined): string[] {
  const flag = stop.flag ? ` under ${stop.flag}` : ''
  return [
    `Stop ${number}: lap ${stop.in_lap ?? stop.lap ?? UNKNOWN}${flag}, in at ${clock(stop.in_ms)}`,
    `Tyres ${stop.tires ?? UNKNOWN} · service ${seconds(stop.service_ms)}${origin(stop, report)}`,
    `Lane ${seconds(stop.lane_ms)} · in-lap ${lapTime(stop.in_lap_ms)} · out-lap ${lapTime(stop.out_lap_ms)}`,
  ]
}

function origin(stop: Stop, report: Report | undefined): string {
  if (stop.service_from === 'timing') return ' (from timing)'
  if (stop.service_from === 'report') return ` (from reports${report?.why ? `: ${report.why}` : ''})`
  return report?.status === 'conflict' ? ' (reports disagree, nobody has decided)' : ''
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? UNKNOWN : `${lapTime(ms, 1)} s`
}

/** The report on a stop: for its in-lap, or the lap next to it. */
export function reportOf(car: string, stop: Stop, reports: Record<string, Report>): Report | undefined {
  const lap = stop.in_lap ?? (stop.lap === undefined ? undefined : stop.lap + 1)
  if (lap === undefined) return undefined
  return [lap, lap - 1, lap + 1].map((l) => reports[`${car}/${l}`]).find((report) => report)
}

/** Forecasts and their scores in words: names, units, bands, how right they were. */

import { lapTime, plural, UNKNOWN } from './format'
import type { Said, Score } from './forecast'

const TITLES: Record<string, string> = {
  caution: 'Caution comes out',
  cautions_left: 'Cautions left',
  clumpiness: 'Clumpiness',
  falloff: 'Falloff',
  finish: 'Finish',
  lane_time: 'Lane time',
  next_lap: 'Next lap',
  next_move: 'Next move',
  pit_hazard: 'Green stop',
  pit_loss: 'Pit loss',
  position: 'Place',
  rejoin: 'Rejoin',
  restart: 'Restart',
  service_time: 'Service time',
  stint: 'Stint',
  to_ahead: 'To the car ahead',
  undercut: 'Undercut',
  what_if: 'What if',
  win: 'Win',
}

/** What a person calls a figure; one that this page does not know is called by its name. */
export function titleOf(name: string): string {
  return TITLES[name] ?? capital(name.replaceAll('_', ' '))
}

export function isKnown(name: string): boolean {
  return name in TITLES
}

const OPTIONS: Record<string, string> = {
  stay: 'Stay out',
  fuel: 'Fuel only',
  two: '2 tyres',
  four: '4 tyres',
  '0': 'No tyres',
  '2': '2 tyres',
  '4': '4 tyres',
  now: 'Pits now',
  at_caution: 'Stops at a caution',
  none: 'No tyres',
  share: 'Close together',
  share_in_10: 'Close together in 10 laps',
  packs: 'Packs',
  largest: 'Largest pack',
  typical: 'To the typical stop',
  stop: 'To the typical stop',
  dry: 'To dry',
}

/** What a person calls an option; "+5" is to stop five laps later, "after_2" is two laps after something. */
export function optionText(option: string): string {
  const [, later, after] = /^(?:\+(\d+)|after_(\d+))$/.exec(option) ?? []
  if (later) return `Stop in ${plural(Number(later), 'lap')}`
  if (after) return `${plural(Number(after), 'lap')} after`
  return OPTIONS[option] ?? capital(option.replaceAll('_', ' '))
}

/** A horizon: the option, "10 laps", or "the end". */
export function horizonText(row: { ahead: readonly number[]; options?: readonly string[] }, column: number): string {
  const option = row.options?.[column]
  if (option !== undefined) return optionText(option)
  const ahead = row.ahead[column]
  return ahead === undefined ? '' : aheadText(ahead)
}

export function aheadText(ahead: number): string {
  return ahead === 0 ? 'to the end' : plural(ahead, 'lap')
}

/** A chance such as 12 %; what is only nearly 0 or 1 is not rounded to it. */
export function percent(chance: number | null | undefined): string {
  if (chance == null) return UNKNOWN
  if (chance > 0 && chance < 0.01) return '<1 %'
  if (chance < 1 && chance > 0.99) return '>99 %'
  return `${Math.round(chance * 100)} %`
}

export const isChance = (unit: string | undefined) => unit === 'probability' || unit === 'share'

/** A value in its unit, as short as it can be said. */
export function valueText(value: number | null | undefined, unit: string | undefined): string {
  if (value == null) return UNKNOWN
  if (isChance(unit)) return percent(value)
  if (unit === 'ms')
    return Math.abs(value) < 60_000 ? `${lapTime(Math.round(value), 2)} s` : lapTime(Math.round(value), 2)
  if (unit === 's/lap') return `${signed(value, 3)} s/lap`
  if (unit === 's') return `${value.toFixed(2)} s`
  if (unit === 'place') return placeText(value)
  if (unit === 'places') return `${signed(value, 1)} places` // gained or lost
  if (unit === 'laps') return plural(Math.round(value), 'lap')
  if (unit === 'cautions') return tidy(value)
  return unit ? `${tidy(value)} ${unit}` : tidy(value)
}

/** A place, with a tenth where it is an expectation: P8, P8.4. */
export function placeText(value: number | null | undefined): string {
  return value == null ? UNKNOWN : `P${tidy(value, 1)}`
}

function tidy(value: number, digits = Math.abs(value) < 10 ? 2 : 1): string {
  return String(Number(value.toFixed(digits))).replace('-', '−')
}

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}

/** The 80 % band in words, empty where there is none. */
export function bandText(one: { low?: number; high?: number; row: { unit?: string } }): string {
  const { low, high, row } = one
  if (low === undefined || high === undefined) return ''
  return `80 % between ${valueText(low, row.unit)} and ${valueText(high, row.unit)}`
}

/** How much of the figure is history: "history 72 %"; empty where it is no blend. */
export function weightText(weight: number | null | undefined): string {
  return weight == null ? '' : `history ${Math.round(weight * 100)} %`
}

/** What history and this race gave: "history 72 %, 12 of this race". */
export function blendText(one: { n?: number; weight?: number }): string {
  const ours = one.n === undefined ? '' : `n = ${tidy(one.n, 0)} from this race`
  return [weightText(one.weight), ours].filter(Boolean).join(', ')
}

/** Forecasts below which a comparison says nothing yet. */
const FEW = 30
/** Differences below this are none [share of the baseline]. */
const SAME = 0.005

export type Verdict = 'better' | 'worse' | 'same' | 'early' | 'unknown'

/** Whether we did better than the baseline, and by what share of it (positive is better). */
export function verdictOf(score: Score): { verdict: Verdict; share?: number } {
  const { ours, base, n } = score
  if (ours == null || base == null || !(base > 0)) return { verdict: 'unknown' }
  const share = (base - ours) / base
  if (n < FEW) return { verdict: 'early', share }
  if (Math.abs(share) < SAME) return { verdict: 'same', share }
  return { verdict: share > 0 ? 'better' : 'worse', share }
}

/** The comparison in words. */
export function verdictText(score: Score): string {
  const { verdict, share } = verdictOf(score)
  if (verdict === 'unknown') return UNKNOWN
  if (verdict === 'early') return 'too early to say'
  if (verdict === 'same') return 'no better, no worse'
  return `${shareText(share!)} ${verdict}`
}

/** Twice the baseline's error is no "100 %": beyond that it is told in times. */
function shareText(share: number): string {
  const hundredths = Math.abs(share) * 100
  // 9.96 would be "10.0": from there on, tenths say more than is known.
  return share < -1 ? `${(1 - share).toFixed(1)} ×` : `${hundredths.toFixed(hundredths < 9.95 ? 1 : 0)} %`
}

/** A score with the digits that its unit bears; errors of times [ms] are told in seconds. */
export function scoreText(value: number | null | undefined, unit?: string): string {
  if (value == null) return UNKNOWN
  if (unit === 'ms') return `${(value / 1000).toFixed(2)} s`
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)
}

/** The unit of a score: errors have that of their figure, other scores have none. */
export function scoreUnit(score: Score, unit: string | undefined): string | undefined {
  return score.score === 'MAE' ? unit : undefined
}

/** How right the figure was so far, one line. */
export function scoreLine(score: Score | undefined, unit?: string): string {
  if (!score?.n) return 'No outcome known yet'
  const of = scoreUnit(score, unit)
  const compared = `${score.score} ${scoreText(score.ours, of)}, baseline ${scoreText(score.base, of)}`
  return `${compared}: ${verdictText(score)}, n = ${score.n}`
}

/** What a person wants to know of a number, a line each: what, band, blend, score. */
export function saidLines(one: Said, score: Score | undefined, head = headOf(one)): string[] {
  const cover = score?.covers80 == null ? '' : `The 80 % band held ${percent(score.covers80)} so far`
  return [
    `${head}: ${valueText(one.value, one.row.unit)}`,
    bandText(one),
    [blendText(one), `as of lap ${one.row.lap}${one.row.revision ? `, revision ${one.row.revision}` : ''}`]
      .filter(Boolean)
      .join(' · '),
    scoreLine(score, one.row.unit),
    cover,
  ].filter(Boolean)
}

function headOf(one: Said): string {
  const whose = one.car === undefined ? '' : `Car ${one.car}, `
  const horizon = one.row.ahead.length > 1 || one.row.options ? `, ${horizonText(one.row, one.column)}` : ''
  const title = titleOf(one.name)
  return `${whose}${whose ? title.toLowerCase() : title}${horizon}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

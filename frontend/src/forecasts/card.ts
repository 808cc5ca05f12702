import { isScore, type Forecast, type Forecasts, type Score, type Scores, type Silent } from '../figures/forecast'
import { aheadText, optionText, percent, titleOf } from '../figures/words'

/** A line of the scorecard. */
export interface CardLine {
  key: string
  figure: string
  title: string
  horizon: string
  score: Score
}

/** The scorecard in order: by figure, published before candidates, then by horizon with the end last. */
export function cardLines(scores: Scores, forecasts: Forecasts): CardLine[] {
  const lines = Object.entries(scores).flatMap(([key, score]) =>
    isScore(score)
      ? {
          key,
          score,
          figure: score.figure,
          title: titleOf(score.figure),
          horizon: horizonOf(score, forecasts[score.figure]),
        }
      : [],
  )
  const far = ({ score }: CardLine) => (score.ahead === 0 && !forecasts[score.figure]?.options ? Infinity : score.ahead)
  return lines.sort((a, b) => order(a) - order(b) || compare(a.title, b.title) || far(a) - far(b))
}

/** The figures that say nothing, each with why, by their titles. */
export function silentFigures(scores: Scores): { figure: string; text: string }[] {
  return Object.values(scores)
    .flatMap((row) => (isScore(row) ? [] : { figure: row.figure, text: `${titleOf(row.figure)}: ${whySilent(row)}` }))
    .sort((a, b) => compare(a.text, b.text))
}

const whySilent = ({ failed }: Silent) =>
  failed ? `failed (${failed})` : 'not fitted on past races yet, so it says nothing'

const order = (line: CardLine) => (line.score.shadow ? 1 : 0)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Where the figure has options, a score's number is that of an option; else it is laps ahead. */
function horizonOf(score: Score, row: Forecast | undefined): string {
  const at = row?.options ? row.ahead.indexOf(score.ahead) : -1
  const option = at < 0 ? undefined : row?.options?.[at]
  return option === undefined ? aheadText(score.ahead) : optionText(option)
}

/** The chance at the far end of a reliability plot: the largest that was said or came, to the next tenth. */
export function reliabilityReach(bins: Score['reliability']): number {
  const most = Math.max(0.1, ...(bins ?? []).flatMap(([said, came]) => [said, came]))
  return Math.min(1, Math.ceil(most * 10 - 1e-9) / 10)
}

/** Points of a reliability plot in a square of `size`, the chance said to the right, what came upwards. */
export function reliabilityPoints(
  bins: Score['reliability'],
  size: number,
): { x: number; y: number; r: number; text: string }[] {
  const most = Math.max(1, ...(bins ?? []).map(([, , n]) => n))
  const scale = size / reliabilityReach(bins)
  return (bins ?? []).map(([said, came, n]) => ({
    x: said * scale,
    y: size - came * scale,
    r: 1.2 + 1.6 * Math.sqrt(n / most),
    text: `said ${percent(said)}, came ${percent(came)} of ${n} times`,
  }))
}

/** How far chances were off on average, weighed by how often they were said: 0 is honest. */
export function reliabilityError(bins: Score['reliability']): number | undefined {
  const n = bins?.reduce((sum, [, , one]) => sum + one, 0)
  if (!bins || !n) return undefined
  return bins.reduce((sum, [said, came, one]) => sum + one * Math.abs(said - came), 0) / n
}

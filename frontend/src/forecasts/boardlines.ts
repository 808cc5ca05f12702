/** What a person wants to know of a car of the board, a line each. */
import { scoreOf, type Said, type Scores } from '../figures/forecast'
import { bandText, percent, placeText, saidLines, scoreLine, valueText } from '../figures/words'
import type { Row } from './rows'

export function boardLines(of: Row, driver: string | undefined, scores: Scores): string[] {
  return [`Car ${of.car}${driver ? `, ${driver}` : ''}`, ...finishLines(of, scores), ...stopLines(of)]
}

function finishLines({ finish, win, band, expected, topFive, topTen }: Row, scores: Scores): string[] {
  if (!finish) return ['Not running: no finish is forecast']
  const between = band ? `, 80 % between ${placeText(band[0])} and ${placeText(band[1])}` : ''
  return [
    `Finish: ${placeText(expected)} expected${between}`,
    `Top five ${percent(topFive)}, top ten ${percent(topTen)}`,
    ...saidLines(finish, scoreOf(scores, finish)).slice(finish.low === undefined ? 1 : 2),
    ...(win ? [`Win: ${percent(win.value)}. ${scoreLine(scoreOf(scores, win))}`] : []),
  ]
}

function stopLines({ typical, dry, steps }: Row): string[] {
  const sure = steps.map((one) => `${percent(one.perLap)} a lap up to ${one.to}`)
  return [
    ...stintLines(typical, 'Typical stop'),
    ...stintLines(dry, 'Dry'),
    ...(sure.length ? [`Green stop: ${sure.join(', ')} laps from now`] : []),
  ]
}

function stintLines(one: Said | undefined, text: string): string[] {
  if (!one) return []
  return [`${text} in ${valueText(one.value, one.row.unit)}${one.low === undefined ? '' : `, ${bandText(one)}`}`]
}

/** The two pictures of the board, painted: pit windows and finish distributions, a row a car. */

import { colour } from '../theme/theme'
import { shade } from './density'
import type { Row } from './rows'

/** Chance to stop in one lap that is drawn full: a car that is sure to come in within three. */
const SURE = 0.3

/** When each car is likely to stop, laps from now to the right. */
export function drawWindow(
  to: CanvasRenderingContext2D,
  width: number,
  row: number,
  rows: readonly Row[],
  reach: number,
): void {
  const x = (laps: number) => (width * laps) / reach
  rows.forEach((one, i) => {
    const y = i * row
    back(to, 0, y, width, row)
    to.fillStyle = colour('--flag-yellow')
    for (const step of one.steps) {
      to.globalAlpha = shade(step.perLap, SURE)
      to.fillRect(x(step.from), y + 1, x(Math.min(step.to, reach)) - x(step.from), row - 2)
    }
    to.globalAlpha = 1
    const { typical, dry } = one
    if (typical?.low !== undefined && typical.high !== undefined) {
      const [left, right] = [x(Math.max(0, typical.low)), Math.min(width, x(typical.high))]
      to.fillStyle = colour('--soft')
      if (right > left) to.fillRect(left, y + row / 2 - 0.75, right - left, 1.5)
    }
    if (typical && typical.value <= reach) tick(to, x(Math.max(0, typical.value)), y, row, '--text', width)
    if (dry && dry.value <= reach) tick(to, x(Math.max(0, dry.value)), y, row, '--red', width)
  })
}

/** How likely each place at the end is, first place on the left. */
export function drawFinish(
  to: CanvasRenderingContext2D,
  width: number,
  row: number,
  rows: readonly Row[],
  places: number,
): void {
  const cell = width / places
  rows.forEach((one, i) => {
    const y = i * row
    back(to, 0, y, width, row)
    to.fillStyle = colour('--accent')
    one.chances?.forEach((chance, place) => {
      if (chance < 0.002 || place >= places) return
      to.globalAlpha = shade(chance)
      const left = Math.round(place * cell)
      to.fillRect(left, y + 1, Math.round((place + 1) * cell) - left, row - 2)
    })
    to.globalAlpha = 1
    if (one.expected !== undefined) tick(to, (one.expected - 0.5) * cell, y, row, '--text', width)
    if (one.place !== undefined && one.place <= places)
      ring(to, (one.place - 0.5) * cell, y + row / 2, Math.min(3, row / 4))
  })
}

function back(to: CanvasRenderingContext2D, x: number, y: number, width: number, row: number): void {
  to.fillStyle = colour('--grid')
  to.globalAlpha = 0.55
  to.fillRect(x, y + 1, width, row - 2)
  to.globalAlpha = 1
}

function tick(to: CanvasRenderingContext2D, x: number, y: number, row: number, token: string, width: number): void {
  to.fillStyle = colour(token)
  to.fillRect(Math.min(width - 2, Math.max(0, x - 1)), y + 1, 2, row - 2)
}

function ring(to: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  to.strokeStyle = colour('--soft')
  to.lineWidth = 1.5
  to.beginPath()
  to.arc(x, y, radius, 0, 2 * Math.PI)
  to.stroke()
}

/** Laps from now to write below the windows. */
export function windowTicks(reach: number): number[] {
  const step = reach > 30 ? 20 : reach > 15 ? 10 : 5
  return Array.from({ length: Math.floor((reach - 1) / step) }, (_, i) => (i + 1) * step)
}

/** Places to write below the distributions. */
export function placeTicks(places: number): number[] {
  return [1, ...Array.from({ length: Math.floor(places / 10) }, (_, i) => (i + 1) * 10)]
}

import type uPlot from 'uplot'
import { beforeEach, expect, test, vi } from 'vitest'
import { endLabels, shading } from './plugins'

vi.mock('../theme/theme', () => ({ colour: (token: string) => token, font: (size: string) => size }))

const drawn: unknown[][] = []
/** A chart of 100 by 100 whose laps are 10 wide, with a canvas that writes down what is drawn. */
function chart(data: (number | null)[][]): uPlot {
  const ctx = {
    fillStyle: '',
    save: () => {},
    restore: () => {},
    beginPath: () => {},
    rect: () => {},
    clip: () => {},
    fillRect: (x: number, _y: number, width: number) => drawn.push([ctx.fillStyle, x, width]),
    fillText: (text: string, x: number, y: number) => drawn.push([ctx.fillStyle, text, x, y]),
  }
  const valToPos = (value: number, scale: string) => (scale === 'x' ? value * 10 : value)
  return { bbox: { left: 0, top: 0, width: 100, height: 100 }, ctx, data, valToPos } as unknown as uPlot
}
const run = ({ hooks }: uPlot.Plugin, name: 'draw' | 'drawClear', u: uPlot) => (hooks[name] as (u: uPlot) => void)(u)

beforeEach(() => {
  drawn.length = 0
  vi.stubGlobal('devicePixelRatio', 1)
})

test('laps under caution are shaded, one that is still on up to the lap run, and red where the race stood', () => {
  const cautions = [
    { first_lap: 2, last_lap: 3 },
    { first_lap: 6, flag: 'red' },
  ]
  run(
    shading(
      () => cautions,
      () => 8,
    ),
    'drawClear',
    chart([]),
  )
  expect(drawn).toEqual([
    ['--shade-yellow', 15, 20],
    ['--shade-red', 55, 30],
  ])
})

test('a car is written at the end of its line, in its colour, apart from others and inside the chart', () => {
  const labels = [
    { series: 1, text: '24', colour: 'a' },
    { series: 2, text: '9', colour: 'b' },
    { series: 3, text: 'none', colour: 'c' },
  ]
  run(
    endLabels(() => labels),
    'draw',
    chart([
      [1, 2, 3],
      [10, 20, null],
      [10, 20, 22],
      [null, null, null],
    ]),
  )
  expect(drawn).toEqual([
    ['a', '24', 106, 20],
    ['b', '9', 106, 32],
  ])
})

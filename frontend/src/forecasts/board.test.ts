import { beforeEach, describe, expect, test, vi } from 'vitest'
import { drawFinish, drawWindow, placeTicks, windowTicks } from './board'
import { boardRows } from './rows'
import { hazard, stint } from './testing/bristol'

vi.mock('../theme/theme', () => ({ colour: (token: string) => token }))

const drawn: [fill: string, x: number, y: number, width: number][] = []
const rings: number[][] = []
const canvas = {
  fillStyle: '',
  globalAlpha: 1,
  fillRect: (x: number, y: number, width: number) => drawn.push([canvas.fillStyle, x, y, width]),
  beginPath: () => {},
  stroke: () => {},
  arc: (x: number, y: number) => rings.push([x, y]),
}
const to = canvas as unknown as CanvasRenderingContext2D
const of = (fill: string) => drawn.filter(([one]) => one === fill).map(([, ...where]) => where)

beforeEach(() => {
  drawn.length = rings.length = 0
})

describe('pit windows', () => {
  const rows = boardRows({ stint, pit_hazard: hazard }, [{ car: '24' }, { car: '1' }])
  test('show the chance of a stop by stretches of laps, from now to the right', () => {
    drawWindow(to, 200, 20, rows.slice(0, 1), 20)
    expect(of('--flag-yellow').map(([x, , width]) => [x, width])).toEqual([
      [0, 10],
      [10, 40],
      [50, 50],
    ])
  })
  test('mark the typical stop, and leave out what lies beyond them', () => {
    drawWindow(to, 200, 20, rows, 20)
    expect([of('--text'), of('--red')]).toEqual([[[119, 1, 2]], []])
  })
  test('have ticks in steps that suit how far they look', () => {
    expect([windowTicks(15), windowTicks(30), windowTicks(60)]).toEqual([
      [5, 10],
      [10, 20],
      [20, 40],
    ])
  })
})

describe('finishes', () => {
  const finish = { lap: 50, ahead: [0], cars: ['24'], value: [[1]], chances: [[0.6, 0.399, 0.001]] }
  test('show the chance of each place, the first on the left, and none that is next to nothing', () => {
    drawFinish(to, 100, 20, boardRows({ finish }, [{ car: '24', place: 2 }]), 10)
    expect(of('--accent')).toEqual([
      [0, 1, 10],
      [10, 1, 10],
    ])
  })
  test('ring the place that a car has now', () => {
    drawFinish(
      to,
      100,
      20,
      boardRows({ finish }, [
        { car: '9', place: 3 },
        { car: '24', place: 2 },
      ]),
      10,
    )
    expect(rings).toEqual([
      [25, 10],
      [15, 30],
    ])
  })
  test('have ticks at the first place and every tenth', () => expect(placeTicks(36)).toEqual([1, 10, 20, 30]))
})

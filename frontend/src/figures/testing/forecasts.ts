import type { Forecast } from '../forecast'

export const position: Forecast = {
  lap: 120,
  revision: 2,
  unit: 'place',
  kind: 'quantity',
  ahead: [2, 10],
  cars: ['24', '9'],
  value: [
    [1, 3],
    [2, null],
  ],
  low: [
    [1, 1],
    [1, null],
  ],
  mid: [
    [1, 3],
    [2, null],
  ],
  high: [
    [2, 9],
    [4, null],
  ],
  n: [12, null],
  weight: [0.72, 1],
}

export const caution: Forecast = {
  lap: 120,
  unit: 'probability',
  ahead: [1, 10, 0],
  value: [[0.02, 0, 0.4]],
  n: [80],
  weight: [0.83],
}

export const moves: Forecast = {
  lap: 9,
  ahead: [0, 1],
  options: ['now', 'at_caution'],
  cars: ['24'],
  value: [[0.1, 0.9]],
  others: [['9']],
}

export const all = { position, caution, next_move: moves }

import type { Forecast } from '../../figures/forecast'

export const cars = ['24', '9', '1']

export const hazard: Forecast = {
  lap: 50,
  unit: 'probability',
  ahead: [1, 5, 10],
  cars,
  value: [
    [0.1, 0.2, 0.2],
    [0.5, 0.9, 0.95],
    [null, null, null],
  ],
}

export const stint: Forecast = {
  lap: 50,
  unit: 'laps',
  ahead: [0, 1],
  options: ['typical', 'dry'],
  cars,
  value: [
    [12, 40],
    [null, 8],
    [70, 90],
  ],
}

export const rejoin: Forecast = {
  lap: 50,
  unit: 'place',
  ahead: [1],
  cars,
  others: [
    ['9', '1'],
    [null, '24'],
    ['9', null],
  ],
  value: [[2], [1], [3]],
  low: [[2], [1], [2]],
  high: [[3], [2], [3]],
}

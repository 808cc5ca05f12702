import { expect, test } from 'vitest'
import { columns, PACES, paceTitle } from './columns'

test('the tower has the same columns for each pace, of which one says what it is', () => {
  const classes = PACES.map((pace) => columns(pace).map((one) => one.class))
  expect(new Set(classes.map(String)).size).toBe(1)
  expect(columns('median10').find((one) => one.class === 'pace')!.title).toBe('Median of the last 10 green laps')
  expect(paceTitle('mean5')).toBe('Mean of the last 5 green laps')
})

test('one column takes the width that the others leave', () => {
  expect(
    columns('mean5')
      .filter(({ width }) => width === 0)
      .map((one) => one.class),
  ).toEqual(['driver'])
})

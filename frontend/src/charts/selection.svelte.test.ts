import { beforeEach, expect, test } from 'vitest'
import type { LiveRace } from '../page/live.svelte'
import { stubWindow } from '../page/testing/window'
import { MOST_CHOSEN, Selection } from './selection.svelte'

const CARS = ['11', '12', '13', '14', '15', '16', '17']
const live = {
  race: { lap: 1 },
  standings: Object.fromEntries(CARS.map((car, i) => [car, { car, place: i + 1 }])),
} as unknown as LiveRace

beforeEach(() => void stubWindow())

test('until somebody picks, the first five are chosen, and the favourites', () => {
  const selection = new Selection(live)
  selection.toggleFavourite('17')
  expect([selection.chosen, selection.isDefault]).toEqual([['11', '12', '13', '14', '15', '17'], true])
})

test('favourites are there again on the next visit', () => {
  new Selection(live).toggleFavourite('17')
  expect([...new Selection(live).favourites]).toEqual(['17'])
  new Selection(live).toggleFavourite('17')
  expect([...new Selection(live).favourites]).toEqual([])
})

test('a car is picked and let go, and all picks are forgotten at once', () => {
  const selection = new Selection(live)
  selection.toggle('16')
  selection.toggle('11')
  expect([selection.chosen, selection.isDefault]).toEqual([['12', '13', '14', '15', '16'], false])
  selection.reset()
  expect(selection.chosen).toEqual(CARS.slice(0, 5))
})

test('of too many the newest stay', () => {
  const selection = new Selection(live)
  for (let n = 0; n < MOST_CHOSEN; n++) selection.toggle(`new ${n}`)
  expect([selection.chosen.length, selection.chosen[0]]).toEqual([MOST_CHOSEN, 'new 0'])
})

test('a car that is looked at is chosen; looked at again it is let go', () => {
  const selection = new Selection(live)
  selection.look('16')
  expect([selection.looked, selection.chosen.includes('16')]).toEqual(['16', true])
  selection.look('16')
  expect(selection.chosen.includes('16')).toBe(false)
})

test('a car keeps its colour while others come and go', () => {
  const selection = new Selection(live)
  const before = selection.colours.get('13')
  selection.toggle('11')
  selection.toggle('16')
  expect([selection.colours.get('13'), selection.colours.get('16')]).toEqual([before, '--car-1'])
})

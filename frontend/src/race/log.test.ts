import { expect, test } from 'vitest'
import { raceLog } from './log'

test('cautions, their ends and notes are one log, newest first', () => {
  const cautions = {
    1: { first_lap: 10, last_lap: 14, start_ms: 1000, end_ms: 2000, laps: 5, reason: 'accident', comment: 'turn 2' },
    2: { first_lap: 90, start_ms: 9000, flag: 'red' },
  }
  const notes = { a: { text: 'slows', car: '24', origin: 'spotter', at_ms: 1500, lap: 12 } }
  expect(raceLog(cautions, notes).map(({ kind, lap, text }) => [kind, lap, text])).toEqual([
    ['red', 90, 'Red flag'],
    ['green', 14, 'Caution 1 ends after 5 laps'],
    ['note', 12, 'Car 24: slows (spotter)'],
    ['yellow', 10, 'Caution 1. accident: turn 2'],
  ])
})

test('of lines at the same time that of the later lap stands first', () => {
  const notes = { a: { text: 'one', at_ms: 5, lap: 1 }, b: { text: 'two', at_ms: 5, lap: 2 } }
  expect(raceLog({}, notes).map(({ text }) => text)).toEqual(['two', 'one'])
})

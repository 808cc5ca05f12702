import { expect, test } from 'vitest'
import { Chosen } from './chosen.svelte'
import { spec } from './testing/schools'

test('what was chosen below a value is forgotten when that is another one', () => {
  const chosen = new Chosen()
  chosen.set(spec, 'district', 'a')
  chosen.set(spec, 'school', 'x')
  expect(chosen.choice).toEqual({ district: 'a', school: 'x' })
  chosen.set(spec, 'district', 'b')
  expect(chosen.choice).toEqual({ district: 'b' })
})

test('what is chosen again is let go', () => {
  const chosen = new Chosen()
  chosen.turn(spec, 'district', 'a')
  chosen.turn(spec, 'district', 'a')
  expect(chosen.choice).toEqual({})
})

test('only what others stand in can be chosen', () => {
  expect(['district', 'school'].map((field) => new Chosen().can(spec, field))).toEqual([true, false])
})

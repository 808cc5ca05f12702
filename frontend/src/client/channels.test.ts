import { expect, test } from 'vitest'
import { matches, union } from './channels'

test('a channel for one user alone is asked for by name, and by no star', () => {
  expect(matches('messages/a', ['*', 'messages/*'])).toBe(false)
  expect(matches('messages/a', ['messages/a~secret'])).toBe(true)
  expect(union([['*'], ['messages/a~secret', 'columns']])).toEqual(['*', 'messages/a~secret'])
})

import { expect, test } from 'vitest'
import { called, nameOf } from './user'

test('a user is the hash of a secret, as the server makes it', async () => {
  expect(await nameOf('hush')).toBe('dc8331bcb2283e89d275a1c2fe66f7bf')
  expect([called(await nameOf('hush')), called('Ada'), called(undefined)]).toEqual(['tab dc83', 'Ada', 'somebody'])
})

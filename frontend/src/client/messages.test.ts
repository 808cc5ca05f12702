import { expect, test, vi } from 'vitest'
import { newName } from './messages'

test('a new name is another one each time, also where there is no randomUUID', () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  const names = Array.from({ length: 50 }, newName)
  expect(new Set(names).size).toBe(50)
})

test('a new name has no slash, by which readers are told from their tab', () => {
  expect(newName()).toMatch(/^[a-z0-9]+$/)
})

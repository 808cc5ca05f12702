import { expect, test, vi } from 'vitest'
import { keep, kept } from './kept'
import { stubWindow } from './testing/window'

test('what was kept is had again, and something else where nothing was', () => {
  stubWindow()
  expect(keep('cars', ['24'])).toBe(true)
  expect([kept('cars', []), kept('others', 'none')]).toEqual([['24'], 'none'])
})

test('what cannot be read is as good as nothing', () => {
  stubWindow()
  localStorage.setItem('pitlive.cars', '{')
  expect(kept('cars', 'none')).toBe('none')
})

test('a storage that is full or forbidden stops nothing', () => {
  const no = () => {
    throw new Error('forbidden')
  }
  vi.stubGlobal('localStorage', { getItem: no, setItem: no })
  expect([keep('cars', 1), kept('cars', 2)]).toEqual([false, 2])
})

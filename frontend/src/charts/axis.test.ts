import { expect, test, vi } from 'vitest'
import { axisOf } from './axis'

vi.mock('../theme/theme', () => ({ colour: (token: string) => token, font: (size: string) => size }))

test('an axis has the colours and the font of the theme, and what is its own before them', () => {
  expect(axisOf({ size: 40 })).toMatchObject({ stroke: '--faint', font: '--font-11', size: 40 })
  expect(axisOf({ stroke: '--red' }).stroke).toBe('--red')
})

import { expect, test, vi } from 'vitest'
import { newTab } from './tab'

const { Tab } = vi.hoisted(() => ({ Tab: vi.fn(function () {}) }))
vi.mock('../client', () => ({ Tab }))

test('every tab has the worker by the same address, so that all share one stream', () => {
  newTab()
  newTab()
  const [one, two] = Tab.mock.calls as unknown as [{ worker: string }][]
  expect(one![0].worker).toMatch(/^\/static\/.*worker\.[jt]s$/)
  expect(two).toEqual(one)
})

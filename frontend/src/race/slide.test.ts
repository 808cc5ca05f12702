import { beforeEach, expect, test, vi } from 'vitest'

vi.mock('../theme/theme', () => ({ duration: () => 300 }))

const calm = { matches: false }
const animate = vi.fn()
const row = { animate } as unknown as HTMLElement

/** It asks the browser when it is loaded, so not before there is one. */
async function slide(rows: number) {
  vi.stubGlobal('matchMedia', () => calm)
  vi.stubGlobal('document', { hidden: false })
  const module = await import('./slide')
  module.slide(row, rows)
}

beforeEach(() => {
  animate.mockReset()
  calm.matches = false
})

test('a row glides from where it was, as many rows away, and moves add up', async () => {
  await slide(-2)
  expect(animate).toHaveBeenCalledExactlyOnceWith(
    [{ transform: 'translateY(-200%)' }, { transform: 'translateY(0)' }],
    expect.objectContaining({ duration: 300, composite: 'add' }),
  )
})

test('nothing moves that stays where it is, or for who wants it calm', async () => {
  await slide(0)
  calm.matches = true
  await slide(1)
  expect(animate).not.toHaveBeenCalled()
})

import { beforeEach, describe, expect, test, vi } from 'vitest'
import { hold, whenGone } from './gone'
import { Locks } from './testing/locks'

describe('where there are locks', () => {
  let locks: Locks
  beforeEach(() => {
    locks = new Locks()
    vi.stubGlobal('navigator', { locks })
  })

  test('something is run when whoever holds one is gone, and not before', async () => {
    await hold('tab')
    const gone = vi.fn()
    whenGone('tab', gone)
    await Promise.resolve()
    expect(gone).not.toHaveBeenCalled()
    locks.end('tab')
    await vi.waitFor(() => expect(gone).toHaveBeenCalledOnce())
  })
  test('what was called off is not run', async () => {
    await hold('tab')
    const gone = vi.fn()
    whenGone('tab', gone)()
    locks.end('tab')
    await new Promise((resolve) => setTimeout(resolve))
    expect(gone).not.toHaveBeenCalled()
  })
})

test('where there are none, a lock is held at once and nobody is ever gone', async () => {
  vi.stubGlobal('navigator', undefined)
  await hold('tab')
  const gone = vi.fn()
  whenGone('tab', gone)()
  expect(gone).not.toHaveBeenCalled()
})

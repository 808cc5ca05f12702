import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ToTab } from './messages'
import { Locks } from './testing/locks'
import { toLeader, toOwn, toWorker, waysHere, type Line } from './ways'

const lines: Line[] = []
afterEach(() => lines.splice(0).forEach((line) => line.close()))

describe('the ways of a browser', () => {
  test('are a worker, a leader and its own, best first', () => {
    vi.stubGlobal('SharedWorker', () => {})
    vi.stubGlobal('navigator', { locks: new Locks() })
    expect(waysHere()).toEqual(['worker', 'leader', 'own'])
  })
  test('have no leader without locks, as on plain HTTP, and always an own hub', () => {
    vi.stubGlobal('SharedWorker', undefined)
    vi.stubGlobal('navigator', {})
    expect(waysHere()).toEqual(['own'])
  })
})

test('an own hub greets its tab once that has its line', async () => {
  const hear = vi.fn<(message: ToTab) => void>()
  lines.push(toOwn(hear))
  expect(hear).not.toHaveBeenCalled()
  await Promise.resolve()
  expect(hear.mock.lastCall![0].told).toEqual({ type: 'hub' })
})

test('a worker is asked who it is, and one that cannot be had says so', () => {
  const made: { port: { postMessage: ReturnType<typeof vi.fn>; close: () => void }; onerror?: () => void }[] = []
  const SharedWorker = class {
    port = { postMessage: vi.fn(), close: () => {} }
    onerror?: () => void
    constructor() {
      made.push(this)
    }
  }
  vi.stubGlobal('SharedWorker', SharedWorker)
  const failed = vi.fn()
  const line = toWorker('/worker.js', 'tab', () => {}, failed)
  lines.push(line)
  expect(made[0]!.port.postMessage).toHaveBeenCalledWith({ tab: 'tab', type: 'who' })
  made[0]!.onerror!()
  expect(failed).toHaveBeenCalledOnce()
  line.renew()
  expect(made).toHaveLength(2)
})

describe('tabs with a leader', () => {
  const hubs = (heard: ToTab[]) => heard.filter(({ told }) => told.type === 'hub').map(({ hub }) => hub)

  test('reach the same hub, and the next one when the leader goes', async () => {
    vi.stubGlobal('navigator', { locks: new Locks() })
    const [one, two]: [ToTab[], ToTab[]] = [[], []]
    const first = toLeader('one', (message) => one.push(message))
    lines.push(toLeader('two', (message) => two.push(message)))
    await vi.waitFor(() => expect(hubs(two)).toContain(hubs(one).at(-1)))
    const before = hubs(two).at(-1)
    first.close()
    await vi.waitFor(() => expect(hubs(two).at(-1)).not.toBe(before))
  })
  test('take the lead from one that does not answer', async () => {
    vi.stubGlobal('navigator', { locks: new Locks() })
    const two: ToTab[] = []
    lines.push(toLeader('one', () => {}))
    const second = toLeader('two', (message) => two.push(message))
    lines.push(second)
    await vi.waitFor(() => expect(hubs(two)).not.toEqual([]))
    const before = hubs(two).at(-1)
    second.renew()
    await vi.waitFor(() => expect(hubs(two).at(-1)).not.toBe(before))
  })
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Host, lockOf } from './host'
import type { ToTab } from './messages'
import { Locks } from './testing/locks'

const join = (tab: string, reader: string) =>
  ({ type: 'join', tab, reader, turn: 1, source: 'bristol', channels: ['race'], cursor: '' }) as const

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a host', () => {
  test('says who it is to whoever asks', () => {
    const reply = vi.fn<(message: ToTab) => void>()
    const host = new Host()
    host.take({ type: 'who', tab: 't' }, reply)
    expect(reply).toHaveBeenCalledExactlyOnceWith({ hub: host.id, to: [], told: { type: 'hub' } })
  })
  test('answers a reader by the way that its tab came', () => {
    const [one, two] = [vi.fn<(message: ToTab) => void>(), vi.fn<(message: ToTab) => void>()]
    const host = new Host()
    host.take(join('a', 'a/0'), one)
    host.take(join('b', 'b/0'), two)
    expect(one.mock.lastCall![0]).toMatchObject({ to: ['a/0'], told: { type: 'joined' } })
    expect(two.mock.lastCall![0]).toMatchObject({ to: ['b/0'], told: { type: 'joined' } })
  })
  test('takes the newest way of a tab that lost it and came again', () => {
    const [old, now] = [vi.fn<(message: ToTab) => void>(), vi.fn<(message: ToTab) => void>()]
    const host = new Host()
    host.take(join('a', 'a/0'), old)
    host.take(join('a', 'a/0'), now)
    expect([old.mock.calls.length, now.mock.calls.length]).toEqual([1, 1])
  })
  test('asks for nothing when all readers of a tab have left before the stream was opened', () => {
    vi.stubGlobal('EventSource', () => expect.unreachable())
    const host = new Host()
    host.take(join('a', 'a/0'), () => {})
    host.take({ type: 'leave', tab: 'a' }, () => {})
    vi.advanceTimersByTime(60_000)
  })
  test('forgets the readers of a tab that is gone without a word', async () => {
    const locks = new Locks()
    vi.stubGlobal('navigator', { locks })
    vi.stubGlobal('EventSource', () => expect.unreachable())
    void locks.request(lockOf('a'), () => new Promise(() => {}))
    new Host().take(join('a', 'a/0'), () => {})
    locks.end(lockOf('a'))
    await vi.advanceTimersByTimeAsync(60_000)
  })
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CAP_MS } from './backoff'
import { Connection } from './connection'
import { FakeEventSource } from './testing/eventsource'

const HELLO = { cursor: 'k1.0', server_ms: 0, sources: {} }
const listener = {
  url: () => '/events',
  hello: vi.fn(),
  snapshot: vi.fn(),
  change: vi.fn(),
  heartbeat: vi.fn(),
  turned: vi.fn(),
}
let connection: Connection

beforeEach(() => {
  vi.useFakeTimers()
  FakeEventSource.opened = []
  vi.stubGlobal('EventSource', FakeEventSource)
  connection = new Connection(listener)
  connection.open()
})
afterEach(() => {
  connection.close()
  vi.useRealTimers()
})

const opened = () => FakeEventSource.opened.length

describe('a connection', () => {
  test('hands on what comes, with the id of changes', () => {
    FakeEventSource.newest.say('hello', HELLO)
    FakeEventSource.newest.say('message', { channel: 'race', at_ms: 1, data: {} }, 'k1.1')
    expect(listener.hello).toHaveBeenCalledWith(HELLO)
    expect(listener.change).toHaveBeenCalledWith({ channel: 'race', at_ms: 1, data: {} }, 'k1.1')
  })
  test('comes back when the server said bye, after the time it asked for', () => {
    FakeEventSource.newest.say('bye', { reason: 'restart', retry_ms: 3000 })
    expect([connection.lost, connection.retryAt]).toEqual([true, Date.now() + 3000])
    vi.advanceTimersByTime(2750)
    expect(opened()).toBe(1)
    vi.advanceTimersByTime(500)
    expect(opened()).toBe(2)
  })
  test('that the browser gave up is made again within the longest wait', () => {
    FakeEventSource.newest.fail(FakeEventSource.CLOSED)
    vi.advanceTimersByTime(CAP_MS + 250)
    expect(opened()).toBe(2)
  })
  test('that broke is left to the browser for ten seconds', () => {
    FakeEventSource.newest.say('hello', HELLO)
    FakeEventSource.newest.fail(FakeEventSource.CONNECTING)
    vi.advanceTimersByTime(9500)
    expect([opened(), connection.lost, connection.retryAt]).toEqual([1, true, undefined])
    vi.advanceTimersByTime(1000 + CAP_MS)
    expect(opened()).toBe(2)
  })
  test('that says no hello within twenty seconds is made again', () => {
    vi.advanceTimersByTime(20_500 + CAP_MS)
    expect(opened()).toBeGreaterThan(1)
  })
  test('that is open but silent is made again', () => {
    FakeEventSource.newest.say('hello', HELLO)
    vi.advanceTimersByTime(44_000)
    expect(opened()).toBe(1)
    vi.advanceTimersByTime(2000 + CAP_MS)
    expect(opened()).toBe(2)
  })
  test('counts how often it was lost and found again', () => {
    FakeEventSource.newest.say('hello', HELLO)
    expect(connection.reconnects).toBe(0)
    connection.retry(0)
    vi.advanceTimersByTime(250)
    FakeEventSource.newest.say('hello', HELLO)
    expect([connection.reconnects, connection.lost]).toEqual([1, false])
  })
  test('does not wait any longer when it is to hurry, and is left alone while it is good', () => {
    connection.hurry()
    expect(opened()).toBe(1)
    connection.retry(8000)
    connection.hurry()
    expect(opened()).toBe(2)
  })
  test('hears nothing more of one that it has left', () => {
    const old = FakeEventSource.newest
    connection.open()
    listener.hello.mockClear()
    old.say('hello', HELLO)
    expect(listener.hello).not.toHaveBeenCalled()
  })
})

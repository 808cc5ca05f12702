import { describe, expect, test } from 'vitest'
import { CAP_MS, fullJitter } from './backoff'
import { formatCursor, parseCursor } from './cursor'
import { Ledger } from './ledger'
import { mergePatch } from './patch'
import { Reader } from './reader'
import { Store } from './store'
import { Watchdog } from './watchdog'

describe('a cursor', () => {
  test('comes back from its text as it was', () => {
    for (const text of ['k3f9.41.9f86d081', 'k3f9.0']) expect(formatCursor(parseCursor(text)!)).toBe(text)
  })
  test.each(['', 'k3f9', 'k3f9.', '.4', 'k3.4_k4.5', 'k-3.4', undefined, null])('is not %s', (t) => {
    expect(parseCursor(t)).toBeUndefined()
  })
})

describe('a merge patch (RFC 7396, appendix A)', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 'foo' }, 'bar', 'bar'],
  ])('of %j by %j gives %j', (target, patch, result) => {
    const before = structuredClone(target)
    expect(mergePatch(target as never, patch as never)).toEqual(result)
    expect(target).toEqual(before)
  })
  test('leaves untouched rows the very same objects', () => {
    const rows = { '24': { place: 1 }, '20': { place: 2 } }
    const after = mergePatch(rows, { '24': { place: 3 } }) as typeof rows
    expect(after['20']).toBe(rows['20'])
    expect(after['24']).not.toBe(rows['24'])
  })
  test('takes a row named like a part of Object for a row', () => {
    expect(mergePatch({}, { constructor: { place: 1 } })).toEqual({ constructor: { place: 1 } })
  })
})

describe('the ledger', () => {
  const joined = (whole = true) => {
    const ledger = new Ledger(whole)
    ledger.replaced('k1.10')
    return ledger
  }
  test('takes events in order and counts them', () => {
    const ledger = joined()
    expect([ledger.judge('k1.11'), ledger.judge('k1.12')]).toEqual(['next', 'next'])
    expect([ledger.seen, ledger.missed, ledger.cursor]).toEqual([2, 0, 'k1.12'])
  })
  test('counts what comes again and does not take it', () => {
    const ledger = joined()
    ledger.judge('k1.11')
    expect([ledger.judge('k1.11'), ledger.judge('k1.9')]).toEqual(['repeat', 'repeat'])
    expect([ledger.seen, ledger.repeats]).toEqual([1, 2])
  })
  test('stays before a hole and says how large it is until it is filled', () => {
    const ledger = joined()
    expect(ledger.judge('k1.14')).toBe('hole')
    expect([ledger.cursor, ledger.missed, ledger.holes]).toEqual(['k1.10', 3, 1])
    for (const seq of [11, 12, 13, 14]) ledger.judge(`k1.${seq}`)
    expect([ledger.missed, ledger.seen]).toEqual([0, 4])
  })
  test('counts what a snapshot of the same log jumps over as missed', () => {
    const ledger = joined()
    ledger.replaced('k1.25')
    expect([ledger.missed, ledger.cursor]).toEqual([15, 'k1.25'])
  })
  test('cannot have missed anything of another log', () => {
    const ledger = joined()
    ledger.replaced('k2.900')
    expect([ledger.missed, ledger.judge('k1.11'), ledger.judge('k2.901')]).toEqual([0, 'foreign', 'next'])
  })
  test('is proven where the server says that its log came by the same way', () => {
    const ledger = new Ledger(true)
    ledger.replaced('k1.10.aa')
    ledger.judge('k1.11.bb')
    expect(ledger.proven).toBe('k1.10.aa')
    expect([ledger.confirmed('k1.11.bb'), ledger.proven]).toEqual([true, 'k1.11.bb'])
    expect(ledger.confirmed('k1.11.cc')).toBe(false)
    expect(ledger.agrees({ resumed: true, reason: 'ok', from: 'k1.11.cc' })).toBe(false)
  })
  test('counts nothing as missed of a past that was none, and says that there was one', () => {
    const ledger = joined()
    ledger.forget()
    ledger.replaced('k1.25.dd')
    expect([ledger.pasts, ledger.missed, ledger.cursor]).toEqual([1, 0, 'k1.25.dd'])
  })
  test('lets seq jump for a reader of some channels', () => {
    const ledger = joined(false)
    expect([ledger.judge('k1.20'), ledger.missed]).toEqual(['next', 0])
  })
  test('does not agree to being resumed elsewhere than it stopped', () => {
    const ledger = joined()
    const verdict = { resumed: true, reason: 'ok' } as const
    expect(ledger.agrees({ ...verdict, from: 'k1.10' })).toBe(true)
    expect(ledger.agrees({ ...verdict, from: 'k1.12' })).toBe(false)
    expect(new Ledger(true).agrees(verdict)).toBe(false)
  })
})

describe('the store', () => {
  test('flushes once for many changes, and never writes into what it handed out', () => {
    const runs: (() => void)[] = []
    const flushes: string[][] = []
    const store = new Store(
      (changed) => flushes.push([...changed]),
      (run) => runs.push(run),
    )
    store.replace({ standings: { '24': { place: 1 } } })
    store.apply('standings', { '20': { place: 2 } })
    runs.shift()!()
    const shown = store.rows('standings')
    store.apply('standings', { '24': { place: 2 } })
    store.apply('race', { lap: 3 })
    runs.shift()!()
    expect(flushes).toEqual([['standings'], ['standings', 'race']])
    expect(shown).toEqual({ '24': { place: 1 }, '20': { place: 2 } })
    expect(store.rows('standings')).toEqual({ '24': { place: 2 }, '20': { place: 2 } })
    expect(runs).toEqual([])
  })
  test('drops channels that a snapshot lacks', () => {
    const store = new Store(
      () => {},
      () => {},
    )
    store.replace({ race: { lap: 1 }, notes: {} })
    store.replace({ race: { lap: 2 } })
    expect(store.channels).toEqual({ race: { lap: 2 } })
  })
})

describe('waiting', () => {
  test('before a new attempt is random up to a ceiling that doubles to ten seconds', () => {
    const ceilings = [0, 1, 2, 3, 4, 50].map((n) => fullJitter(n, () => 1))
    expect(ceilings).toEqual([1000, 2000, 4000, 8000, CAP_MS, CAP_MS])
    expect(fullJitter(5, () => 0)).toBe(0)
  })
  test('for a silent connection ends after two and a half heartbeats as measured', () => {
    const dog = new Watchdog(0)
    for (const at of [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000]) dog.heartbeat(at)
    expect(dog.isSilent(70_000 + 24_000)).toBe(false)
    expect(dog.isSilent(70_000 + 26_000)).toBe(true)
    dog.event(90_000)
    expect(dog.isSilent(70_000 + 26_000)).toBe(false)
  })
})

describe('a reader', () => {
  test('tells of each snapshot, and of no other', () => {
    const told: string[] = []
    const wanted = {
      onFlush: () => {},
      schedule: (run: () => void) => run(),
      onSnapshot: (cursor: string) => told.push(cursor),
    }
    const reader = new Reader('one', 'race', wanted, () => {})
    reader.take({ type: 'snapshot', cursor: 'k1.3', channels: {} }) // of an earlier joining
    reader.join()
    reader.take({ type: 'joined', turn: 1 })
    reader.take({ type: 'snapshot', cursor: 'k1.4', channels: {} })
    reader.take({ type: 'change', cursor: 'k1.5', change: { channel: 'race', at_ms: 1, data: {} } })
    reader.take({ type: 'snapshot', cursor: 'k2.9', channels: {} })
    expect(told).toEqual(['k1.4', 'k2.9'])
  })
})

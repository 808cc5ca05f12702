import { describe, expect, test } from 'vitest'
import { Ledger } from './ledger'

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
    expect(ledger.agrees({ resumed: true, reason: 'ok', from: 'k1.11.cc', to: 'k1.11.cc' })).toBe(false)
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
    const verdict = { resumed: true, reason: 'ok', from: null, to: 'k1.12' } as const
    expect(ledger.agrees({ ...verdict, from: 'k1.10' })).toBe(true)
    expect(ledger.agrees({ ...verdict, from: 'k1.12' })).toBe(false)
    expect(new Ledger(true).agrees(verdict)).toBe(false)
  })
})

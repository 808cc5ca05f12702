import { describe, expect, test } from 'vitest'
import { Store } from './store'

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

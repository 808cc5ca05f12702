import { describe, expect, test } from 'vitest'
import { Reader } from './reader'

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

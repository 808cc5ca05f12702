import { describe, expect, test } from 'vitest'
import { Place } from './place'

const OK = { resumed: true, reason: 'ok' } as const

describe('a place', () => {
  test('has arrived once a snapshot came', () => {
    const place = new Place()
    expect(place.arrived).toBe(false)
    place.replaced('k1.4')
    expect(place.arrived).toBe(true)
  })
  test('of a whole stream has arrived once it has what hello promised', () => {
    const place = new Place()
    place.ledger.whole = true
    place.replaced('k1.4')
    place.greeted({ ...OK, from: 'k1.4', to: 'k1.6' })
    expect(place.arrived).toBe(false)
    place.ledger.judge('k1.5')
    place.ledger.judge('k1.6')
    expect(place.arrived).toBe(true)
  })
  test('knows from the verdict that its source is unknown or deleted, until a state comes', () => {
    const place = new Place()
    place.greeted({ resumed: false, reason: 'unknown', from: null, to: null })
    expect([place.unknown, place.deleted]).toEqual([true, false])
    place.greeted({ resumed: false, reason: 'deleted', from: null, to: null })
    expect([place.unknown, place.deleted]).toEqual([false, true])
    place.replaced('k1.0')
    expect([place.unknown, place.deleted]).toEqual([false, false])
  })
})

describe('a heartbeat', () => {
  const whole = () => {
    const place = new Place()
    place.ledger.whole = true
    place.replaced('k1.4.aa')
    return place
  }
  test('shows that an event is missing only when the beat before had announced it', () => {
    const place = whole()
    expect(place.isBehind('k1.6.cc', 'k1.4.aa')).toBe(false)
    expect(place.isBehind('k1.6.cc', 'k1.4.aa')).toBe(true)
  })
  test('shows that the stream is of another past', () => {
    expect(whole().isBehind('k1.4.bb', 'k1.4.bb')).toBe(true)
  })
  test('proves where the place is', () => {
    const place = whole()
    place.ledger.judge('k1.5.bb')
    place.isBehind('k1.5.bb', 'k1.5.bb')
    expect(place.ledger.proven).toBe('k1.5.bb')
  })
})

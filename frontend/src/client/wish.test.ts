import { describe, expect, test } from 'vitest'
import { Place } from './place'
import { brings, merged, same, urlOf } from './wish'

const race = { source: 'bristol', channels: ['race'] }
const laps = { source: 'bristol', channels: ['laps/*'] }
const other = { source: 'a b', channels: ['race'] }

describe('what readers want together', () => {
  test('is each source once, in order, and every channel that one of them wants', () => {
    expect(merged([race, other, laps])).toEqual({ sources: ['a b', 'bristol'], channels: ['laps/*', 'race'] })
  })
  test('is nothing where nobody wants anything', () => expect(merged([])).toEqual({ sources: [], channels: [] }))
  test('is brought by a stream that was asked for as much, and not by one asked for less', () => {
    expect(brings(merged([race, laps]), merged([race]))).toBe(true)
    expect(brings(merged([race]), merged([race, laps]))).toBe(false)
    expect(brings(merged([race]), merged([race, other]))).toBe(false)
    expect(brings(undefined, merged([race]))).toBe(false)
  })
  test('is the same whoever wanted what first', () => {
    expect(same(merged([race, laps]), merged([laps, race]))).toBe(true)
    expect(same(merged([race]), merged([laps]))).toBe(false)
  })
})

describe('the address of a stream', () => {
  test('names a single source in its path, and no channels where all are wanted', () => {
    expect(urlOf(merged([{ ...other, channels: ['*'] }]), new Map())).toBe('/api/v1/sources/a%20b/events?')
  })
  test('goes on after the cursors of the places, one part for each source', () => {
    const place = new Place()
    place.replaced('k1.4')
    expect(urlOf(merged([race, other]), new Map([['bristol', place]]))).toBe(
      '/api/v1/events?source=a+b&source=bristol&channels=race&last_event_id=_k1.4',
    )
  })
})

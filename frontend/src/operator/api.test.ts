import { describe, expect, test } from 'vitest'
import { credentials, outcomeOf, type Outcome } from './api'

describe('an answer of the server', () => {
  test.each<[number, object, Outcome['kind']]>([
    [200, { accepted: 1 }, 'taken'],
    [200, { accepted: 0, repeats: 1 }, 'repeat'],
    [201, {}, 'taken'],
    [503, {}, 'later'],
    [502, {}, 'later'],
    [429, {}, 'later'],
    [401, {}, 'later'],
    [422, {}, 'refused'],
    [404, {}, 'refused'],
  ])('%d %j means %s', (status, answer, kind) => expect(outcomeOf(status, null, answer).kind).toBe(kind))
  test('names the field that was refused, and who decided before', () => {
    const refused = [{ index: 0, field: 'lap', got: 0, want: 'a lap' }]
    expect(outcomeOf(422, null, { accepted: 0, refused })).toMatchObject({
      why: 'lap: got 0, want a lap',
      refusal: { field: 'lap' },
    })
    const stop = { car: '24', lap: 57, tires: 4, service_ms: 11_800 }
    const decision = { ...stop, operator: 'ben', reason: 'replay', at_ms: 0 }
    expect(outcomeOf(409, null, { decision })).toMatchObject({ why: 'ben decided before: 4 tyres, 11.8 s (replay)' })
  })
})

test('a name and a password of any letters are sent as HTTP has them', () => {
  expect(credentials('anna', 'grün')).toBe('Basic YW5uYTpncsO8bg==')
})

import { describe, expect, test } from 'vitest'
import { credentials, outcomeOf, type Body, type Outcome } from './api'
import { likelyLap, nextRevision, problems, reportOf, undoOf, warnings, type Draft } from './draft'
import { Outbox, type Item } from './outbox'

const DRAFT: Draft = { operator: 'anna', car: '24', lap: '57', tires: '4', service: '11.8' }
const body = (revision: number, service_ms = 11_800): Body => ({ ...reportOf(DRAFT, revision), service_ms })
const item = (key: number, of: Body, state: Item['state'] = 'taken'): Item => ({
  key,
  at: 0,
  door: 'entries',
  body: of,
  state,
  tries: 1,
})

describe('a pit report', () => {
  test('is one entry with a uid of its own', () => {
    expect(reportOf(DRAFT, 0)).toEqual({
      type: 'pit_report',
      uid: 'report/anna/24/57',
      revision: 0,
      operator: 'anna',
      car: '24',
      lap: 57,
      tires: 4,
      service_ms: 11_800,
    })
  })
  test('is not sent while a field is wrong, and each says what would do', () => {
    expect(problems(DRAFT)).toEqual({})
    const wrong = problems({ operator: ' ', car: '', lap: '0', tires: '3', service: 'x' })
    expect(Object.keys(wrong)).toEqual(['operator', 'car', 'lap', 'tires', 'service'])
    expect(wrong.lap).toBe('lap: got 0, want a whole number from 1 to 2000')
  })
  test('of a lap that has not begun is warned about, not refused', () => {
    const rows = { '24': { car: '24', laps: 55 } }
    expect(warnings(DRAFT, {}, rows)).toEqual({ lap: 'lap: got 57, the lap now running is 56' })
    expect(warnings({ ...DRAFT, lap: '56' }, {}, rows)).toEqual({})
  })
  test('is most likely about the last stop, else about the lap now running', () => {
    expect(likelyLap({ car: '24', laps: 58, last_stop_lap: 57 })).toBe('57')
    expect(likelyLap({ car: '24', laps: 80, last_stop_lap: 57 })).toBe('81')
    expect(likelyLap(undefined)).toBe('')
  })
})

describe('a correction', () => {
  test('has a revision above all that this browser sent or sees', () => {
    const claims = [{ uid: 'report/anna/24/57', operator: 'anna', revision: 4, tires: 4, service_ms: 1 }]
    const reports = { '24/57': { car: '24', lap: 57, status: 'single' as const, claims } }
    expect(nextRevision('report/anna/24/57', [], {})).toBe(0)
    expect(nextRevision('report/anna/24/57', [item(1, body(0)), item(2, body(1), 'refused')], {})).toBe(1)
    expect(nextRevision('report/anna/24/57', [item(1, body(0))], reports)).toBe(5)
  })
  test('is undone by saying again what was said before; a first report by a retraction', () => {
    const first = item(1, body(0))
    expect(undoOf(first, [first], {})).toEqual({
      type: 'retract',
      uid: 'retract/report/anna/24/57',
      amends: 'report/anna/24/57',
      revision: 1,
      origin: 'anna',
    })
    const second = item(2, body(1, 12_000))
    expect(undoOf(second, [first, second], {})).toEqual(body(2, 11_800))
    expect(undoOf(first, [first, second], {})).toBeUndefined()
  })
})

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
    const decision = { operator: 'ben', tires: 4, service_ms: 11_800, reason: 'replay' }
    expect(outcomeOf(409, null, { decision })).toMatchObject({ why: 'ben decided before: 4 tyres, 11.8 s (replay)' })
  })
})

test('a name and a password of any letters are sent as HTTP has them', () => {
  expect(credentials('anna', 'grün')).toBe('Basic YW5uYTpncsO8bg==')
})

describe('the outbox', () => {
  const outboxOf = (...outcomes: Outcome[]) => {
    const sent: Body[] = []
    const send = (_: string, one: Body) => {
      sent.push(one)
      return Promise.resolve(outcomes.shift() ?? { kind: 'taken' as const })
    }
    return { outbox: new Outbox(send, () => {}), sent }
  }
  test('sends the very same body again after a failure, in order, and once it is taken no more', async () => {
    const { outbox, sent } = outboxOf({ kind: 'later', why: 'no connection', waitMs: Infinity })
    outbox.add('entries', body(0))
    outbox.add('entries', body(1))
    await Promise.resolve()
    await outbox.pump()
    await outbox.pump()
    expect(sent).toEqual([body(0), body(0), body(1)])
    expect(outbox.items.map((i) => [i.state, i.tries])).toEqual([
      ['taken', 2],
      ['taken', 1],
    ])
  })
  test('shows an entry before the server has answered', () => {
    const { outbox } = outboxOf()
    expect([outbox.add('entries', body(0)).state, outbox.items.length]).toEqual(['queued', 1])
  })
  test('does not send again what was refused, and goes on', async () => {
    const { outbox, sent } = outboxOf({ kind: 'refused', why: 'car: got 999, want one of the field' })
    outbox.add('entries', body(0))
    outbox.add('entries', body(1))
    await new Promise((resolve) => setTimeout(resolve))
    expect(sent.length).toBe(2)
    expect(outbox.items.map((i) => i.state)).toEqual(['refused', 'taken'])
  })
})

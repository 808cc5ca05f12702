import { describe, expect, test } from 'vitest'
import type { Body, Outcome } from './api'
import { Outbox } from './outbox'
import { body } from './testing/reports'

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

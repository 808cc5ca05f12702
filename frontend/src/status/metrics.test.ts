import { describe, expect, it } from 'vitest'
import { grown, perSecond, quantile, series, total, values, type Span, type Status } from './metrics'

const at = (server_ms: number, metrics: Status['metrics']): Status => ({ server_ms, metrics })

const ended = (stalled: number, gone: number) => [
  { labels: { reason: 'stalled' }, value: stalled },
  { labels: { reason: 'gone' }, value: gone },
]

const lag = (count: number, ...upTo: number[]) => [
  { labels: {}, count, sum: 1, buckets: upTo.map((n, i) => [[0.01, 0.1, 1][i], n] as [number, number]) },
]

describe('counters', () => {
  const span: Span = { then: at(1000, { ended: ended(1, 5) }), now: at(3000, { ended: ended(2, 9) }) }
  it('are summed over the series that are asked for', () => {
    expect(total(span.now, 'ended')).toBe(11)
    expect(total(span.now, 'ended', { reason: 'gone' })).toBe(9)
    expect(total(span.now, 'nothing')).toBe(0)
    expect(series(span.now, 'ended', { reason: 'gone' })).toHaveLength(1)
    expect(values(span.now, 'ended', 'reason')).toEqual(['stalled', 'gone'])
  })
  it('grow between two answers, and are unknown with one', () => {
    expect(grown(span, 'ended', { reason: 'gone' })).toBe(4)
    expect(perSecond(span, 'ended', { reason: 'gone' })).toBe(2)
    expect(grown({ now: span.now }, 'ended')).toBeUndefined()
  })
  it('begin anew with the server', () => {
    expect(grown({ then: span.now, now: at(5000, { ended: ended(0, 3) }) }, 'ended')).toBe(3)
  })
})

describe('quantiles', () => {
  it('are of what happened in between, within a bucket by its share', () => {
    const span = { then: at(0, { lag: lag(100, 100, 100, 100) }), now: at(1, { lag: lag(110, 105, 110, 110) }) }
    expect(quantile(span, 'lag', 0.25)).toBeCloseTo(0.005)
    expect(quantile(span, 'lag', 0.75)).toBeCloseTo(0.055)
  })
  it('are unknown where nothing happened', () => {
    const same = at(0, { lag: lag(5, 1, 2, 5) })
    expect(quantile({ then: same, now: same }, 'lag', 0.5)).toBeUndefined()
    expect(quantile({ now: same }, 'lag', 0.5)).toBeUndefined()
  })
  it('end at the last bound', () => {
    const span = { then: at(0, { lag: lag(0, 0, 0, 0) }), now: at(1, { lag: lag(4, 0, 0, 0) }) }
    expect(quantile(span, 'lag', 0.99)).toBe(1)
  })
})

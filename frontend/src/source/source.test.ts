import { describe, expect, test } from 'vitest'
import type { Spec, Stat } from './declared'
import { alertsOf, signsOf } from './alerts'
import { buckets } from './buckets'
import { newestIn, parts, timeOf } from './clock'
import { columnsOf, curve, valueAt } from './curves'
import { about, duration, parents } from './declared'
import { figure, items, type Item, ordered, pathOf, shown, steady, tellingOf, usualOrder, valuesOf } from './rows'
import { axis as axisOf, domainOf } from './scale'
import { spreadOf } from './spread'
import { countsOf, matchedOf } from './statuses'
import { Trend } from './trend'
import { blocks, depthOf, isNested, widgetsOf } from './widgets'

const mean: Stat = { name: 'schools', kind: 'mean', of: 'score', by: ['district', 'school'] }
const best: Stat = { name: 'best', kind: 'ranking', of: 'score', figure: 'mean', by: ['district', 'school'] }
const spec: Spec = {
  kind: 'declared',
  entries: {
    score: {
      fields: { district: { type: 'text' }, school: { type: 'text' }, grade: { type: 'text', one_of: ['K', '1'] } },
    },
  },
  stats: [mean, best],
}
const rows = {
  'a~1b/x': { count: 2, sum: 10, mean: 5 },
  'c/y': { count: 1, sum: 7, mean: 7 },
  'c/x10': { count: 1, sum: 5, mean: 5 },
  'c/x9': { count: 1, sum: 5, mean: 5 },
}

describe('groups of a stat', () => {
  test('are named as they were before their key was made', () => {
    expect([pathOf('a~1b/~01', 2), pathOf('', 0), pathOf('', 1)]).toEqual([['a/b', '~1'], [], ['']])
  })
  test('stand largest first, level ones by number and name', () => {
    expect(ordered(items(mean, rows, {}), 'largest', undefined).map((one) => one.label)).toEqual([
      'y',
      'x',
      'x9',
      'x10',
    ])
  })
  test('say where they stand, unless that was chosen', () => {
    expect(items(mean, rows, {})[0]).toMatchObject({ label: 'x', within: 'a/b', value: 5 })
    expect(items(mean, rows, { district: 'c' }).map((one) => [one.label, one.within])).toEqual([
      ['y', ''],
      ['x10', ''],
      ['x9', ''],
    ])
  })
  test('have the order of their field where it has one', () => {
    const grades = items({ ...mean, by: ['grade'] }, { 1: { mean: 9 }, K: { mean: 1 } }, {})
    const field = { type: 'text' as const, one_of: ['K', '1'] }
    expect(ordered(grades, usualOrder(field), field).map((one) => one.label)).toEqual(['K', '1'])
    expect(usualOrder({ type: 'text', one_of: [] })).toBe('largest')
  })
  test('of a ranking are lists under their names, or the one that is chosen', () => {
    const ranked = {
      'a~1b': [{ place: 1, key: 'x', value: 5, count: 2 }],
      c: [{ place: 1, key: 'y', value: 7, count: 1 }],
    }
    expect(items(best, ranked, {}).map((one) => [one.label, one.place])).toEqual([
      ['a/b', undefined],
      ['x', 1],
      ['c', undefined],
      ['y', 1],
    ])
    expect(items(best, ranked, { district: 'c' }).map((one) => one.label)).toEqual(['y'])
  })
  test('can be chosen where others stand in them', () => {
    expect(parents(spec)).toEqual(['district'])
    expect(tellingOf(spec, 'district', {})).toBe(mean)
    expect(valuesOf(spec, mean, 'district', rows, {})).toEqual(['a/b', 'c'])
    expect(valuesOf(spec, mean, 'school', rows, { district: 'c' })).toEqual(['x9', 'x10', 'y'])
  })
})

describe('what is drawn', () => {
  test('of quantiles is the median, the outer and the inner ones', () => {
    expect(shown({ ...mean, kind: 'quantile' }, { count: 9, p5: 1, p25: 2, median: 3, p75: 4, p95: 5 })).toEqual({
      value: 3,
      span: [1, 5],
      box: [2, 4],
    })
    expect(shown({ ...mean, kind: 'quantile' }, { count: 9, p90: 4 })).toEqual({ value: 4 })
  })
  test('of extremes reaches from one to the other', () => {
    expect(shown({ ...mean, kind: 'extreme' }, { count: 9, min: -1, max: 5 })).toMatchObject({ span: [-1, 5] })
  })
  test('of a kind that nobody foresaw is its first figure', () => {
    expect(shown({ ...mean, kind: 'new' }, { level: 3, more: 4 })).toEqual({ value: 3 })
  })
  test('is bars from 0, or dots around figures that are nearly alike', () => {
    const of = (...values: number[]) =>
      values.map((value, i) => ({ key: `${i}`, label: '', within: '', value, figures: {} }))
    const axis = (some: Item[]) => axisOf(domainOf(some))
    expect(axis(of(1, 9)).bars).toBe(true)
    expect(axis(of(1, 9)).at(0)).toBe(0)
    expect(axis(of(500, 510)).bars).toBe(false)
    expect(axis(of(500, 510)).at(500)).toBe(0)
    expect(axis([]).ticks.length).toBeGreaterThan(1)
  })
  test('as text has its decimals, a true minus and a dash where it is unknown', () => {
    expect([figure(1234.5, 2), figure(-3, 0), figure(undefined, 2), figure(NaN, 0)]).toEqual([
      '1,234.50',
      '−3',
      '–',
      '–',
    ])
    expect(about(best)).toBe('Best school by mean of score')
  })
})

describe('figures over time', () => {
  const timed: Stat = { name: 'when', kind: 'timed', by: ['district'], every_s: [60, 300] }
  const over = { 'c/60/100': 2, 'd/60/100': 3, 'c/60/102': 1, 'c/60/101': 0, 'c/300/20': 9 }
  test('are added up over the groups that are not chosen, oldest first', () => {
    expect(buckets(timed, over, {}, 60, 9)).toEqual([
      { from: 6000, value: 5 },
      { from: 6060, value: 0 },
      { from: 6120, value: 1 },
    ])
    expect(buckets(timed, over, { district: 'd' }, 60, 9)).toEqual([{ from: 6000, value: 3 }])
    expect(buckets(timed, over, {}, 60, 1).map((one) => one.from)).toEqual([6120])
  })
  test('of windows have no groups', () => {
    const window: Stat = { name: 'w', kind: 'window', figure: 'sum', of: 'n', by: [], over_s: 60, every_s: null }
    const closed = {
      60000: { from: 60000, to: 120000, count: 2, late: 0, sum: 7 },
      0: { from: 0, to: 60000, count: 0, late: 0, sum: 0 },
    }
    expect(buckets(window, closed, {}, 60, 9)).toEqual([
      { from: 0, value: 0 },
      { from: 60, value: 7 },
    ])
  })
  test('have lengths that people say', () => {
    expect([duration(60), duration(5400), duration(86400), duration(90)]).toEqual(['1 min', '90 min', '1 d', '90 s'])
  })
  test('of the last while are what they are declared to be', () => {
    const rolling: Stat = { name: 'last', kind: 'rolling', figure: 'count', over_s: 300, by: [] }
    expect(shown(rolling, { current: 3, total: 9, proportion: 1 / 3 })).toEqual({ value: 3 })
    expect(shown({ ...rolling, figure: 'mean' }, { count: 3, sum: 9, mean: 3 })).toEqual({ value: 3 })
    expect(about(rolling)).toBe('count of the last 5 min')
  })
})

describe('the widgets of a page', () => {
  const one = { title: '', width: 1, figure: '', running: false, against: [] }
  const stats: Stat[] = [
    { name: 'districts', kind: 'mean', of: 'score', by: ['district'] },
    { name: 'schools', kind: 'mean', of: 'score', by: ['district', 'school'] },
    { name: 'all', kind: 'count', by: [] },
    { name: 'low', kind: 'low_water', stat: 'districts', by: [] },
    { name: 'when', kind: 'timed', every_s: [60], by: [] },
  ]
  test('are one for every stat, numbers first, unless they are declared', () => {
    expect(widgetsOf({ ...spec, stats }).map((w) => [w.stats[0]!.name, w.look])).toEqual([
      ['all', 'number'],
      ['districts', 'graph'],
      ['schools', 'graph'],
      ['low', 'alerts'],
      ['when', 'columns'],
    ])
  })
  test('stand as they are declared; a stat that is gone is left out', () => {
    const page = {
      widgets: [
        { ...one, stats: ['when'], look: 'line' },
        { ...one, stats: ['gone'] },
        { ...one, stats: ['all'] },
      ],
    }
    const shown = widgetsOf({ ...spec, stats, page })
    expect(shown.map((w) => w.look)).toEqual(['line', 'number'])
    expect(blocks(shown).map(({ kind }) => kind)).toEqual(['widgets', 'numbers'])
  })
  test('of nested stats show the deepest of which all above is chosen', () => {
    const nested = stats.slice(0, 2)
    expect([isNested(nested), isNested([stats[0]!, stats[0]!]), isNested(nested.slice(1))]).toEqual([
      true,
      false,
      false,
    ])
    expect([depthOf(nested, {}), depthOf(nested, { district: 'c' }), depthOf(nested, { school: 'x' })]).toEqual([
      0, 1, 0,
    ])
  })
})

describe('time', () => {
  test('is the reader’s own while entries come from now, and theirs where they are old', () => {
    expect([timeOf(undefined, 5e8), timeOf(5e8 - 60_000, 5e8), timeOf(1e8, 5e8)]).toEqual([5e8, 5e8, 1e8])
  })
  test('is known from the newest bucket to whoever has just come', () => {
    const timed = { ...spec, stats: [{ name: 'when', kind: 'timed', every_s: [60, 300], by: ['district'] }] }
    expect(newestIn(timed, { when: { 'c/60/101': 1, 'c/300/20': 4 } })).toBe(6_060_000)
    expect(newestIn(spec, {})).toBeUndefined()
    expect(newestIn({ kind: 'race' } as Spec, {})).toBeUndefined() // it has a page of its own
  })
  test('that is left is told in its parts, and never less than nothing', () => {
    expect(parts(((2 * 24 + 3) * 3600 + 62) * 1000)).toEqual({ days: 2, hours: 3, minutes: 1, seconds: 2 })
    expect(parts(-5)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 })
  })
  test('tells how much a figure has risen since a while ago, or since the page was opened', () => {
    const trend = new Trend(1000)
    expect([trend.take(0, 5).rise, trend.take(500, 7).rise, trend.take(900, 9).rise]).toEqual([0, 2, 4])
    expect(trend.take(1600, 9)).toEqual({ rise: 2, overMs: 1100 })
    expect(trend.take(100, 3).rise).toBe(0)
  })
})

describe('lines', () => {
  const timed: Stat = { name: 'when', kind: 'timed', by: [], every_s: [60, 3600] }
  const hourly = { '60/61': 9, '3600/1': 4, '3600/2': 6 }
  test('add up the longest buckets, as a share, the newest up to now', () => {
    const shown = curve(timed, hourly, {}, { running: true, total: 20 }, 3600, 9000)
    expect(shown).toEqual([
      { s: 0, value: 0 },
      { s: 3600, value: 20 },
      { s: 5400, value: 50 },
    ])
  })
  const plan = { name: 'plan', every_s: 3600, values: [0, 10, 40] }
  test('are compared with values between those that are known, and none beyond them', () => {
    expect([valueAt(plan, 1800), valueAt(plan, 7200), valueAt(plan, 7201), valueAt(plan, -1)]).toEqual([
      5,
      40,
      undefined,
      undefined,
    ])
  })
  test('share their times with what they are compared with', () => {
    expect(
      columnsOf(
        [
          { s: 0, value: 0 },
          { s: 5400, value: 3 },
        ],
        [plan],
      ),
    ).toEqual([
      [0, 3600, 5400, 7200],
      [0, null, 3, null],
      [0, 10, 25, 40],
    ])
  })
})

describe('a spread', () => {
  const scores: Stat = { name: 'spread', kind: 'count', by: ['district', 'score'] }
  const counts = { 'a/0': { count: 1 }, 'a/50': { count: 2 }, 'b/100': { count: 3 }, 'b/99': { count: 1 } }
  test('has every number in one bin, the largest in the last', () => {
    const { bins, count, median, isPart } = spreadOf(scores, counts, {})
    expect([bins.length, count, median, isPart]).toEqual([20, 7, 99, false])
    expect(bins.filter((one) => one.count).map((one) => [one.from, one.count])).toEqual([
      [0, 1],
      [50, 2],
      [95, 4],
    ])
  })
  test('of a part stands before that of everything', () => {
    const { bins, median, isPart } = spreadOf(scores, counts, { district: 'a' })
    expect([median, isPart, bins[0]!.share, bins[0]!.ofAll]).toEqual([50, true, 1 / 3, 1 / 7])
  })
})

describe('rules', () => {
  const low = {
    isOn: { is_on: true, times: 2, began_ms: 5, value: -1 },
    was: { is_on: false, times: 1, began_ms: 1, ended_ms: 9, value: 0 },
  }
  test('are listed by what is on, then by what was, the newest first', () => {
    const listed = alertsOf({ a: low.was, b: low.isOn, c: { ...low.isOn, began_ms: 7 }, d: { is_on: true, times: 0 } })
    expect(listed.map(({ key }) => key)).toEqual(['c', 'b', 'd', 'a'])
    expect(listed[3]).toMatchObject({ isOn: false, times: 1, beganMs: 1, endedMs: 9, value: 0 })
  })
  test('mark the rows they are on for', () => {
    const rule: Stat = { name: 'few', title: 'Few', kind: 'low_water', stat: 'schools', by: [] }
    const signs = signsOf({ ...spec, stats: [mean, rule] }, mean, { few: { 'c/y': low.isOn, 'c/x9': low.was } })
    expect(items(mean, rows, {}, signs).flatMap((one) => (one.signs ? [[one.key, one.signs]] : []))).toEqual([
      ['c/y', 'few'],
    ])
  })
})

test('what did not change of a list stays the very same object', () => {
  const before = items(mean, rows, {})
  const after = steady(before, items(mean, { ...rows, 'c/y': { count: 2, sum: 8, mean: 4 } }, {}))
  expect(after.map((one, n) => one === before[n])).toEqual([true, false, true, true])
  expect(steady(before, items(mean, rows, {}))).toBe(before)
})

test('orders and deliveries are listed by what needs somebody, and counted by the source', () => {
  const row = (status: string) => ({ status, ordered: 2, delivered: 1 })
  const joined = {
    '': { open: 0, partial: 2, completed: 1, over: 0, unmatched: 1 },
    P1: row('partial'),
    P2: row('partial'),
    P3: row('completed'),
    X1: row('unmatched'),
  }
  expect(matchedOf(joined, 'all').map(({ key }) => key)).toEqual(['X1', 'P2', 'P1', 'P3'])
  expect(matchedOf(joined, 'partial').map(({ key }) => key)).toEqual(['P2', 'P1'])
  expect(countsOf(joined)).toEqual({ unmatched: 1, over: 0, partial: 2, open: 0, completed: 1 })
})

test('windows of groups are added up over those that are not chosen', () => {
  const grouped: Stat = { name: 'w', kind: 'window', figure: 'count', by: ['item'], over_s: 60, every_s: null }
  const window = (count: number) => ({ from: 60_000, to: 120_000, count, late: 0 })
  const closed = { 'a/60000': window(2), 'b/60000': window(3) }
  expect(buckets(grouped, closed, {}, 60, 9)).toEqual([{ from: 60, value: 5 }])
  expect(buckets(grouped, closed, { item: 'b' }, 60, 9)).toEqual([{ from: 60, value: 3 }])
})

test('a nested stat has a level for each depth, and rows of one depth at a time', () => {
  const nested = { ...mean, nested: true }
  const [shown] = widgetsOf({ ...spec, stats: [nested] })
  expect(shown!.stats.map(({ by }) => by)).toEqual([['district'], ['district', 'school']])
  const deep = { '': { mean: 1 }, c: { mean: 2 }, 'c/y': { mean: 3 } }
  expect(shown!.stats.map((stat) => items(stat, deep, {}).map(({ key }) => key))).toEqual([['c'], ['c/y']])
})

test('what webhooks told stands last on a page that says nothing of it', () => {
  const told = widgetsOf({ ...spec, webhooks: [{ name: 'w', stat: 'best' }] }).at(-1)!
  expect([told.look, told.stats[0]!.name]).toEqual(['notices', 'best'])
})

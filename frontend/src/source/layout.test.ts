import { describe, expect, test } from 'vitest'
import type { Stat } from './declared'
import { blocks, depthOf, isNested, statOf, widgetsOf } from './layout'
import { items } from './rows'
import { mean, spec } from './testing/schools'

const isOwn = (look: string) => look !== 'gauge'

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
    expect(widgetsOf({ ...spec, stats }, isOwn).map((w) => [w.stats[0]!.name, w.look])).toEqual([
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
    const shown = widgetsOf({ ...spec, stats, page }, isOwn)
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
    const page = {
      widgets: [
        ['districts', 'schools'],
        ['all', 'when'],
      ].map((names) => ({ ...one, stats: names })),
    }
    const [deep, beside] = widgetsOf({ ...spec, stats, page }, isOwn)
    expect(statOf(deep!, { district: 'c' }, 0).name).toBe('schools')
    expect(statOf(beside!, { district: 'c' }, 1).name).toBe('when')
  })
})

test('a nested stat has a level for each depth, and rows of one depth at a time', () => {
  const nested = { ...mean, nested: true }
  const [shown] = widgetsOf({ ...spec, stats: [nested] }, isOwn)
  expect(shown!.stats.map(({ by }) => by)).toEqual([['district'], ['district', 'school']])
  const deep = { '': { mean: 1 }, c: { mean: 2 }, 'c/y': { mean: 3 } }
  expect(shown!.stats.map((stat) => items(stat, deep, {}).map(({ key }) => key))).toEqual([['c'], ['c/y']])
})

test('a look that the page does not have is one of a package, which gets all rows of a nested stat', () => {
  const widget = { stats: ['schools'], look: 'gauge', title: '', width: 1, figure: '', running: false, against: [] }
  const [shown, ...others] = widgetsOf(
    { ...spec, stats: [{ ...mean, nested: true }], page: { widgets: [widget] } },
    isOwn,
  )
  expect(others).toEqual([])
  expect([shown!.look, shown!.stats.map(({ by }) => by), shown!.declared]).toEqual(['gauge', [mean.by], widget])
  expect(blocks([shown!])[0]!.kind).toBe('widgets')
})

test('what webhooks told stands last on a page that says nothing of it', () => {
  const told = widgetsOf({ ...spec, webhooks: [{ name: 'w', stat: 'best' }] }, isOwn).at(-1)!
  expect([told.look, told.stats[0]!.name]).toEqual(['notices', 'best'])
})

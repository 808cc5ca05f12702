import { beforeEach, describe, expect, test, vi } from 'vitest'
import { addressOf, Hosted, pointsOf } from './hosted'
import { best, mean, rows } from './testing/schools'
import type { Stat } from './declared'
import type { About, Point, WidgetModule } from './widget-module'

const about: About = { title: 'Schools', stat: { ...mean }, widget: { figure: '', width: 1 } }
const emptied = vi.fn()
const element = { replaceChildren: emptied } as unknown as HTMLElement
const points: Point[] = [{ key: '', path: [], row: { count: 1 } }]

/** What a widget's slot shows and the console is told of a module that does this. */
function hosted(module: Partial<WidgetModule> | Error) {
  const said: (string | undefined)[] = []
  const load = () => (module instanceof Error ? Promise.reject(module) : Promise.resolve(module))
  return { said, one: new Hosted('dial', (problem) => said.push(problem), load) }
}

let logged: unknown[][]
beforeEach(() => {
  logged = []
  vi.spyOn(console, 'error').mockImplementation((...args) => void logged.push(args))
  emptied.mockClear()
})

test('the address of a module is one name below /static/widgets', () => {
  expect(addressOf('dial')).toBe('/static/widgets/dial.js')
  expect(addressOf('../a/b?c')).toBe('/static/widgets/..%2Fa%2Fb%3Fc.js')
})

describe('a widget of a package', () => {
  test('is mounted with what it is about, told of its points and of each change, and destroyed', async () => {
    const heard: unknown[] = []
    const mount = (_: HTMLElement, given: About) => ({
      update: (given: readonly Point[]) => void heard.push(given),
      destroy: () => void heard.push(given.title),
    })
    const { one, said } = hosted({ mount })
    one.update([]) // before its module is there: only the newest points are told
    one.update(points)
    await one.mount(element, about)
    one.update([])
    one.close()
    one.update(points)
    expect(heard).toEqual([points, [], 'Schools'])
    expect(said).toEqual([])
  })

  test('cannot write to what it is given', async () => {
    const mount = (_: HTMLElement, given: About) => {
      ;(given.stat as { name: string }).name = 'mine'
      return { update: () => {} }
    }
    const { one, said } = hosted({ mount })
    await one.mount(element, about)
    expect(said).toEqual([expect.stringMatching(/^The widget dial cannot be shown: Cannot assign to read only/)])
    expect(about.stat.name).toBe('schools')
    expect(Object.isFrozen(pointsOf(mean, { 'a/b': { count: 1 } }, {})[0]!.row)).toBe(true)
  })

  test.each<[string, Partial<WidgetModule> | Error, string]>([
    ['cannot be loaded', new TypeError('Failed to fetch'), 'Failed to fetch'],
    ['exports nothing', {}, 'its module exports no function mount'],
    ['gives nothing back', { mount: () => ({}) as never }, 'mount returned nothing with a function update'],
    [
      'throws as it is mounted',
      {
        mount: () => {
          throw new Error('no canvas')
        },
      },
      'no canvas',
    ],
  ])('that %s says so in its slot and in the console, and its element is empty', async (_, module, why) => {
    const { one, said } = hosted(module)
    await one.mount(element, about)
    expect(emptied).toHaveBeenCalledOnce()
    one.update(points)
    await vi.waitFor(() => expect(emptied).toHaveBeenCalledTimes(2))
    expect(said).toEqual([`The widget dial cannot be shown: ${why}`])
    expect(logged.map(([first]) => first)).toEqual(said)
  })

  test('that could not be mounted is tried again at each change, once, and says so until it works', async () => {
    const drawn: unknown[] = []
    const mount = vi.fn((): ReturnType<WidgetModule['mount']> => {
      if (mount.mock.calls.length < 3) throw new Error('not yet')
      return { update: (given) => void drawn.push(given) }
    })
    const { one, said } = hosted({ mount })
    const why = 'The widget dial cannot be shown: not yet'
    one.update(points)
    await one.mount(element, about)
    one.update(points) // no change
    await Promise.resolve()
    expect([mount.mock.calls.length, said]).toEqual([1, [why]])

    const change = [...points]
    one.update(change)
    await vi.waitFor(() => expect(mount).toHaveBeenCalledTimes(2))
    expect(said).toEqual([why])
    one.update([])
    await vi.waitFor(() => expect(said).toEqual([why, undefined]))
    one.update(change)
    expect([mount.mock.calls.length, drawn]).toEqual([3, [[], change]])
    expect(logged).toHaveLength(1)
  })

  test('whose points change while it cannot be mounted is tried again with them', async () => {
    const mount = vi.fn(() => ({}) as never)
    const { one } = hosted({ mount })
    const mounting = one.mount(element, about)
    one.update(points)
    one.update([...points])
    await mounting
    expect(mount).toHaveBeenCalledTimes(2)
    one.close()
    one.update([])
    await Promise.resolve()
    expect(mount).toHaveBeenCalledTimes(2)
  })

  test('that is mounted anew says what was wrong before until it works', async () => {
    const before = hosted({})
    await before.one.mount(element, about)
    before.one.close()
    const said: (string | undefined)[] = []
    const tell = (problem: string | undefined) => void said.push(problem)
    const failing = new Hosted('dial', tell, () => Promise.resolve({}), before.one)
    await failing.mount(element, about)
    failing.close()
    expect([said, logged.length]).toEqual([[], 1])

    const load = () => Promise.resolve({ mount: () => ({ update: () => {} }) })
    const working = new Hosted('dial', tell, load, failing)
    await working.mount(element, about)
    expect(said).toEqual([undefined])
    new Hosted('other', tell, load, before.one)
    expect(said).toEqual([undefined, undefined])
  })

  test('that fails at a change says so once, and no more once it draws again', async () => {
    const update = (given: readonly Point[]) => {
      if (!given.length) throw new Error('nothing there')
    }
    const { one, said } = hosted({ mount: () => ({ update }) })
    one.update(points)
    await one.mount(element, about)
    for (const given of [[], [], points, points]) one.update(given)
    const why = 'The widget dial could not draw the last change: nothing there'
    expect(said).toEqual([why, undefined])
    expect(logged).toHaveLength(1)
  })

  test('that draws later and fails says so, and no more once it has drawn the newest points', async () => {
    const update = async (given: readonly Point[]) => {
      await Promise.resolve()
      if (!given.length) throw new Error('nothing there')
    }
    const { one, said } = hosted({ mount: () => ({ update }) })
    await one.mount(element, about)
    const why = 'The widget dial could not draw the last change: nothing there'
    await vi.waitFor(() => expect(said).toEqual([why]))
    one.update(points)
    expect(said).toEqual([why])
    await vi.waitFor(() => expect(said).toEqual([why, undefined]))
    one.update(points)
    one.update([]) // the points before it are drawn, too late to say that all is well
    await vi.waitFor(() => expect(said).toEqual([why, undefined, why]))
    one.close()
    one.update(points)
    expect(said).toHaveLength(3)
  })

  test('that left the page before its module came, or fails as it leaves, is told to nobody', async () => {
    const mount = vi.fn()
    const late = hosted({ mount })
    const mounting = late.one.mount(element, about)
    late.one.close()
    await mounting
    expect(mount).not.toHaveBeenCalled()

    const destroy = () => {
      throw new Error('already gone')
    }
    const { one, said } = hosted({ mount: () => ({ update: () => {}, destroy }) })
    await one.mount(element, about)
    one.close()
    expect(said).toEqual([])
    expect(logged).toEqual([['The widget dial could not end: already gone', expect.any(Error)]])
  })
})

describe('the points of a stat', () => {
  const keys = (...given: Parameters<typeof pointsOf>) => pointsOf(...given).map(({ key }) => key)

  test('are its rows with the groups that their keys name', () => {
    expect(pointsOf(mean, rows, {})[0]).toEqual({ key: 'a~1b/x', path: ['a/b', 'x'], row: rows['a~1b/x'] })
    expect(pointsOf({ ...mean, by: [] }, { '': { mean: 1 } }, {})).toEqual([{ key: '', path: [], row: { mean: 1 } }])
    expect(pointsOf({ ...mean, by: ['school'] }, { '': { mean: 1 } }, {})[0]!.path).toEqual([''])
    expect(pointsOf({ ...mean, nested: true }, { '': { mean: 1 } }, {})[0]!.path).toEqual([])
  })

  test.each<[string, Partial<Stat>, Record<string, string[]>]>([
    ['a ranking by one field', { kind: 'ranking', by: ['school'] }, { '': [] }],
    ['a ranking by two', { kind: 'ranking' }, { 'a~1b': ['a/b'] }],
    ['a nested ranking', { kind: 'ranking', nested: true }, { '': [], c: ['c'] }],
    ['buckets of all', { kind: 'timed', by: [] }, { '60/5': [] }],
    ['buckets of groups', { kind: 'timed', by: ['school'] }, { 'x/60/5': ['x'], '/60/5': [''] }],
    ['nested buckets', { kind: 'timed', nested: true }, { '60/5': [], 'c/60/5': ['c'], 'c/x/60/5': ['c', 'x'] }],
    ['windows of all', { kind: 'window', by: [] }, { '1700': [] }],
    ['windows of groups', { kind: 'window' }, { 'c/x/1700': ['c', 'x'] }],
    ['a kind of a package that has more in its keys', { kind: 'heat', by: ['school'] }, { 'x/7/9': ['x'] }],
  ])('have no more in their path than groups: %s', (_, stat, paths) => {
    const found = pointsOf({ ...mean, ...stat }, Object.fromEntries(Object.keys(paths).map((key) => [key, 1])), {})
    expect(Object.fromEntries(found.map(({ key, path }) => [key, path]))).toEqual(paths)
  })

  test('are those below what is chosen', () => {
    expect(keys(mean, rows, { district: 'c' })).toEqual(['c/y', 'c/x10', 'c/x9'])
    expect(keys(mean, rows, { school: 'x' })).toEqual(Object.keys(rows))
    expect(keys(best, { a: [], c: [] }, { district: 'c' })).toEqual(['c'])
    const timed = { ...mean, kind: 'timed', by: ['district'] }
    expect(keys(timed, { 'a/60/1': 5, 'c/60/1': 7 }, { district: 'c' })).toEqual(['c/60/1'])
  })
})

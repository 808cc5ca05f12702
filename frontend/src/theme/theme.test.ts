import { beforeEach, describe, expect, test, vi } from 'vitest'

/** What the page computes of a token; asking is counted. */
let computed: Record<string, string>
let asked: number
let stored: Map<string, string>
let window: EventTarget
let system: EventTarget
let dataset: Record<string, string>

beforeEach(() => {
  asked = 0
  computed = {
    color: 'rgb(1, 2, 3)',
    fontSize: '11px',
    fontWeight: '650',
    fontFamily: 'sans',
    transitionDuration: '0.42s',
  }
  stored = new Map()
  dataset = {}
  window = new EventTarget()
  system = new EventTarget()
  vi.resetModules()
  vi.stubGlobal('window', window)
  vi.stubGlobal('matchMedia', () => system)
  vi.stubGlobal('localStorage', { getItem: (key: string) => stored.get(key) ?? null, setItem: stored.set.bind(stored) })
  vi.stubGlobal('document', {
    documentElement: { dataset },
    body: { append: () => {} },
    createElement: () => ({ style: {}, remove: () => {} }),
  })
  vi.stubGlobal('getComputedStyle', () => ((asked += 1), computed))
})

describe('a token', () => {
  test('is asked for once, until the theme is another one', async () => {
    const { colour, setTheme } = await import('./theme')
    expect([colour('--red'), colour('--red'), asked]).toEqual(['rgb(1, 2, 3)', 'rgb(1, 2, 3)', 1])
    computed.color = 'rgb(9, 9, 9)'
    setTheme('dark')
    expect([colour('--red'), asked]).toEqual(['rgb(9, 9, 9)', 2])
  })
  test('of a font is as a canvas wants it, larger where a screen has more pixels', async () => {
    const { font } = await import('./theme')
    expect(font('--font-11', '--bold', 2)).toBe('650 22px sans')
  })
  test('of a duration is in milliseconds', async () => {
    const { duration } = await import('./theme')
    expect(duration('--move')).toBe(420)
  })
})

describe('the theme', () => {
  test('is the one that was pinned, and follows the system where none was', async () => {
    const { theme, setTheme } = await import('./theme')
    expect([theme(), dataset.theme]).toEqual(['auto', undefined])
    setTheme('light')
    expect([theme(), dataset.theme]).toEqual(['light', 'light'])
    setTheme('auto')
    expect([theme(), dataset.theme]).toEqual(['auto', undefined])
  })
  test('tells canvases that it changed, also when the system did', async () => {
    const { setTheme } = await import('./theme')
    const told = vi.fn()
    window.addEventListener('themechange', told)
    setTheme('dark')
    system.dispatchEvent(new Event('change'))
    expect(told).toHaveBeenCalledTimes(2)
  })
  test('that was kept wrongly is none', async () => {
    stored.set('pitlive.theme', 'pink')
    expect((await import('./theme')).theme()).toBe('auto')
  })
})

import { describe, expect, test } from 'vitest'
import { filesOf, placeOf, type File } from './files'
import { declarationsOf, literalIn, literalsInScript } from './literals'

const TOKENS = 'src/theme/tokens.css'
const STYLE = /(<style[^>]*>)(.*?)<\/style>/gs

/** The file with all but its CSS blanked, or with all but what is not CSS; lines stay where they are. */
function parts(file: File): { css: string; rest: string } {
  const blank = (text: string) => text.replace(/\S/g, ' ')
  if (file.path.endsWith('.css')) return { css: `{${file.text}}`, rest: '' }
  const rest = file.text.replace(STYLE, blank)
  const css = [...file.text.matchAll(STYLE)].map((found) => {
    const before = found.index + found[1]!.length
    return `${blank(file.text.slice(0, before - 1))}{${found[2]}}`
  })
  return { css: css.join(''), rest }
}

function literalsIn(file: File): string[] {
  const { css, rest } = parts(file)
  const inCss = declarationsOf(css).flatMap((one) => {
    const what = literalIn(one)
    return what ? [`${placeOf(file, one.index)}: ${what} in ${one.property}: ${one.value}`] : []
  })
  return [...inCss, ...literalsInScript(rest).map((index) => `${placeOf(file, index)}: literal`)]
}

test('every colour, and every size that is a decision, is a token', () => {
  const files = filesOf('.svelte', '.css', '.ts').filter(({ path }) => path !== TOKENS && !path.endsWith('.test.ts'))
  expect(files.flatMap(literalsIn)).toEqual([])
})

test('every token is used, and what is used is a token or set beside it', () => {
  const text = filesOf('.svelte', '.css', '.ts')
    .map((file) => file.text)
    .join('')
  const declared = [...filesOf('tokens.css')[0]!.text.matchAll(/^ *(--[\w-]+):/gm)].map((found) => found[1]!)
  const isUsed = (name: string) => new RegExp(`${name}[)'"]`).test(text)
  // The colours of cars are counted through.
  expect(declared.filter((name) => !/^--car-\d+$/.test(name) && !isUsed(name))).toEqual([])
  const isSet = (name: string) => new RegExp(`${name}[:=]`).test(text)
  const used = [...text.matchAll(/var\((--[\w-]+)[,)]/g)].map((found) => found[1]!)
  expect([...new Set(used)].filter((name) => !isSet(name))).toEqual([])
})

describe('a literal', () => {
  const of = (css: string) => declarationsOf(`{${css}}`).map(literalIn)
  test.each([
    ['color: #fff;', 'colour'],
    ['background: rgb(0 0 0 / 0.5);', 'colour'],
    ['border: 1px solid red;', 'colour'],
    ['box-shadow: 0 0 0 1px tomato;', 'colour'],
    ['font-size: 12px;', 'font'],
    ['font: 12px var(--sans);', 'font'],
    ['font-weight: 650;', 'font'],
    ['padding: 0 var(--space-4) 3px;', 'space'],
    ['margin: -8px 0;', 'space'],
    ['gap: 6px;', 'space'],
    ['border-radius: 4px;', 'space'],
    ['transition: color 0.2s;', 'duration'],
    ['max-width: 980px;', 'large length'],
  ])('is found in %s', (css, what) => expect(of(css)).toEqual([what]))

  test.each([
    'color: var(--red);',
    'background: color-mix(in srgb, var(--accent) 12%, transparent);',
    'border: 1px solid var(--line);',
    'padding: 0 1px;',
    'margin: calc(-1 * var(--space-4)) auto 0;',
    'border-radius: 50%;',
    'font: var(--font-14) / 1.45 var(--sans);',
    'font: inherit;',
    'width: 34px;',
  ])('is not %s', (css) => expect(of(css)).toEqual([undefined]))

  test('is not what an @-rule asks for', () => {
    expect(of('@media (max-width: 900px) { .a { color: var(--red); } }')).toEqual([undefined])
  })
  test('is found in what a script quotes, and a private name is none', () => {
    expect(literalsInScript("const a = 'solid #fff'")).toHaveLength(1)
    expect(literalsInScript('u.font = `650 11px ${family}`')).toHaveLength(1)
    expect(literalsInScript('this.#add(1); const b = `${n}px`')).toEqual([])
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesOf, placeOf, type File } from './files'
import { declarationsOf, literalIn, literalsInScript } from './literals'

const TOKENS = 'src/theme/tokens.css'
const STYLE = /(<style[^>]*>)(.*?)<\/style>/gs

/** Its pieces of CSS and where they begin, and the text without them; lines stay where they are. */
function parts({ path, text }: File): { css: [css: string, from: number][]; rest: string } {
  if (path.endsWith('.css')) return { css: [[text, 0]], rest: '' }
  const css = [...text.matchAll(STYLE)].map(({ 1: tag, 2: css, index }): [string, number] => [
    css!,
    index + tag!.length,
  ])
  return { css, rest: text.replace(STYLE, (style) => style.replace(/\S/g, ' ')) }
}

function literalsIn(file: File): string[] {
  const { css, rest } = parts(file)
  const inCss = css.flatMap(([text, from]) =>
    declarationsOf(text).flatMap((one) => {
      const what = literalIn(one)
      return what ? [`${placeOf(file, from + one.index)}: ${what} in ${one.property}: ${one.value}`] : []
    }),
  )
  return [...inCss, ...literalsInScript(rest).map((index) => `${placeOf(file, index)}: literal`)]
}

test('every colour, and every size that is a decision, is a token', () => {
  const files = filesOf('.svelte', '.css', '.ts').filter(({ path }) => path !== TOKENS && !path.endsWith('.test.ts'))
  expect(files.flatMap(literalsIn)).toEqual([])
})

/** The custom properties that packages are promised, by the table of the page about widgets. */
function promised(): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/extending.md'), 'utf8')
  const table = page.split('What comes in are text and colours')[1]!.split('A canvas')[0]!
  return [...table.matchAll(/`(--[\w-]+)`/g)].map((found) => found[1]!)
}

const declared = [...filesOf('tokens.css')[0]!.text.matchAll(/^ *(--[\w-]+):/gm)].map((found) => found[1]!)

test('every token that packages are promised is there, and the docs name each', () => {
  expect(promised()).toContain('--car-10')
  expect(promised().filter((name) => !declared.includes(name))).toEqual([])
})

test('every token is used or promised, and what is used is a token or set beside it', () => {
  const text = filesOf('.svelte', '.css', '.ts')
    .map((file) => file.text)
    .join('')
  const kept = new Set(promised())
  const isUsed = (name: string) => new RegExp(`${name}[)'"]`).test(text)
  expect(declared.filter((name) => !kept.has(name) && !isUsed(name))).toEqual([])
  const isSet = (name: string) => new RegExp(`${name}[:=]`).test(text)
  const used = [...text.matchAll(/var\((--[\w-]+)[,)]/g)].map((found) => found[1]!)
  expect([...new Set(used)].filter((name) => !isSet(name))).toEqual([])
})

describe('a literal', () => {
  const of = (css: string) => declarationsOf(css).map(literalIn)
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

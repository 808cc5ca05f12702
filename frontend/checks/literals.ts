/** Colours and sizes that are written out where a token belongs. */

const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|hwb|lab|lch|oklab|oklch|color)\(/i
/** In a script a `#` also begins a private name, so there only what is quoted counts. */
const QUOTED_COLOUR = /(['"`])(?:(?!\1).)*?(?:#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\()/gi
const QUOTED_PX = /(['"`])(?:(?!\1).)*?\d(?:\.\d+)?px\b/g

const COLOURED = /^(?:background|border|outline|text-decoration|box-shadow|text-shadow|fill|stroke|.*color)(?:-|$)/
/** Words in such properties that are no names of colours. */
const WORDS = new Set(
  (
    'none transparent currentcolor inherit initial unset inset solid dashed dotted double wavy underline ' +
    'collapse separate auto light dark only in srgb to at top right bottom left center ' +
    'repeat no-repeat repeat-x repeat-y cover contain content-box padding-box border-box butt round bevel miter'
  ).split(' '),
)
const FUNCTION = /\b[a-z-]+(?=\()/g

const SPACED = /^(?:padding|margin|gap|row-gap|column-gap|border(?:-\w+)*-radius)(?:-|$)/
const TYPED = /^(?:font|font-size|font-weight)$/
const TIMED = /^(?:animation|transition)(?:-duration|-delay)?$/
/** From here on a length is a decision about a page, not about one part of it [px]. */
const LARGE = 400

export interface Declared {
  property: string
  value: string
  index: number
}

/** Declarations of CSS; what an @-rule asks for is none, and cannot be a token. */
export function declarationsOf(css: string): Declared[] {
  const plain = css.replace(/\/\*.*?\*\//gs, (comment) => comment.replace(/\S/g, ' '))
  return [...plain.matchAll(/(?<=[{};]\s*)([-\w]+)\s*:\s*([^;{}]+)(?=[;}])/g)].map((found) => ({
    property: found[1]!,
    value: found[2]!,
    index: found.index,
  }))
}

/** What is wrong with a declaration, if anything is. */
export function literalIn({ property, value }: Declared): string | undefined {
  const plain = value.replace(/var\([^()]*\)|!important/g, '')
  if (COLOUR.test(plain) || (COLOURED.test(property) && namesColour(plain))) return 'colour'
  const lengths = [...plain.matchAll(/(?<![\w.])(\d*\.?\d+)px\b/g)].map((found) => Number(found[1]))
  if (lengths.some((length) => length >= LARGE)) return 'large length'
  if (SPACED.test(property) && lengths.some((length) => length > 1)) return 'space'
  if (TYPED.test(property) && /\d/.test(plain.replace(/\/\s*[\d.]+/, ''))) return 'font'
  return TIMED.test(property) && /\d/.test(plain) ? 'duration' : undefined
}

function namesColour(value: string): boolean {
  const words = value.replace(FUNCTION, '').match(/(?<![\w-])[a-z-]+(?![\w-])/gi) ?? []
  return words.some((word) => /[a-z]/.test(word) && !WORDS.has(word.toLowerCase()))
}

/** Places in a script or in markup where a colour or a length is written out. */
export function literalsInScript(text: string): number[] {
  return [QUOTED_COLOUR, QUOTED_PX].flatMap((wanted) => [...text.matchAll(wanted)].map((found) => found.index))
}

import type { Said } from '../figures/forecast'

/** Differences below this are none [places]. */
const SAME = 0.05

/**
 * Two futures in words: `first` as the reader would name it within a sentence, `second` at its beginning.
 * Which is better is told by expected finish; lower is better.
 */
export function compared(
  one: Said | undefined,
  other: Said | undefined,
  first: string,
  second: string,
): { text: string; better?: 'first' | 'second' | 'same' } {
  if (!one || !other) return { text: 'One of the two is not known now.' }
  const gain = one.value - other.value
  if (Math.abs(gain) < SAME) return { text: `${second} is expected to end where ${first} does.`, better: 'same' }
  const places = Math.abs(gain).toFixed(1)
  const word = places === '1.0' ? 'place' : 'places'
  const where = `${places} ${word} ${gain > 0 ? 'ahead of' : 'behind'} ${first}`
  const text = `${second} is expected to end ${where}${overlap(one, other)}.`
  return { text, better: gain > 0 ? 'second' : 'first' }
}

/** How much the bands have in common says how little the difference is to be leant on. */
function overlap(one: Said, other: Said): string {
  const { low: a, high: b } = one
  const { low: c, high: d } = other
  if (a === undefined || b === undefined || c === undefined || d === undefined) return ''
  return a <= d && c <= b ? '; the two bands overlap' : ''
}

/** Which channels a reader wants: names with `*` for any text, as the server reads them. */

/** Longest text of channels that the server reads; beyond it all are asked for. */
const LONGEST = 1000

/** Personal channels that are asked for beside all others, where not all names have room. */
const MOST_PERSONAL = 8

export const ALL: readonly string[] = ['*']

/** Read `race,laps/*`; none means all. */
export function patternsOf(text = ''): readonly string[] {
  const named = text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  return named.length ? union([named]) : ALL
}

const compiled = new Map<string, RegExp>()

function regexOf(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known) return known
  const text = pattern
    .split('*')
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
    .join('.*')
  const regex = new RegExp(`^${text}$`, 's')
  compiled.set(pattern, regex)
  return regex
}

/** How channels begin that are for one user alone: asked for by name, as `messages/<user>~<secret>`. */
const PERSONAL = 'messages/'

const withoutSecret = (channel: string) => channel.split('~', 1)[0]

export function matches(channel: string, patterns: readonly string[]): boolean {
  if (channel.startsWith(PERSONAL)) {
    return patterns.some((pattern) => withoutSecret(pattern) === withoutSecret(channel))
  }
  return patterns.some((pattern) => pattern === '*' || regexOf(pattern).test(channel))
}

/** Those channels that a reader of these patterns wants. */
export function only<T>(channels: Record<string, T>, patterns: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(channels).filter(([name]) => matches(name, patterns)))
}

/** Is everything that `narrow` wants also in `wide`? A star is text that only a star matches. */
export function covers(wide: readonly string[], narrow: readonly string[]): boolean {
  return narrow.every((pattern) => matches(pattern, wide))
}

/** All that any of them wants, without what another pattern has already. */
export function union(lists: readonly (readonly string[])[]): readonly string[] {
  const kept: string[] = []
  for (const pattern of lists.flat().sort((a, b) => a.length - b.length)) {
    if (!matches(pattern, kept)) kept.push(pattern)
  }
  const least = kept.filter((one) => !kept.some((other) => other !== one && matches(one, [other])))
  if (least.join(',').length <= LONGEST) return least.sort()
  return [...ALL, ...least.filter((one) => one.startsWith(PERSONAL)).slice(0, MOST_PERSONAL)]
}

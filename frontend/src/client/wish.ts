import { covers, union } from './channels'
import type { Place } from './place'

/** What a stream is asked for. */
export interface Wish {
  sources: readonly string[]
  channels: readonly string[]
}

interface Wanting {
  source: string
  channels: readonly string[]
}

/** One stream for all of them: the server gives every channel asked for of every source. */
export function merged(wants: Iterable<Wanting>): Wish {
  const all = [...wants]
  const sources = [...new Set(all.map((want) => want.source))].sort()
  return { sources, channels: sources.length ? union(all.map((want) => want.channels)) : [] }
}

/** Does a stream that was asked for `has` bring everything of `wish`? */
export function brings(has: Wish | undefined, wish: Wish): boolean {
  if (!has) return false
  return wish.sources.every((one) => has.sources.includes(one)) && covers(has.channels, wish.channels)
}

export function same(a: Wish, b: Wish): boolean {
  return String(a.sources) === String(b.sources) && String(a.channels) === String(b.channels)
}

/** The address of a stream that goes on from these places. */
export function urlOf(wish: Wish, places: ReadonlyMap<string, Place>): string {
  const query = new URLSearchParams()
  const [only, ...others] = wish.sources
  if (others.length) for (const source of wish.sources) query.append('source', source)
  if (String(wish.channels) !== '*') query.set('channels', wish.channels.join(','))
  const cursors = wish.sources.map((source) => places.get(source)?.ledger.cursor ?? '')
  if (cursors.some(Boolean)) query.set('last_event_id', cursors.join('_'))
  const path = others.length ? 'events' : `sources/${encodeURIComponent(only!)}/events`
  return `/api/v1/${path}?${query}`
}

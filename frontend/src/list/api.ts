import type { State } from '../client'
import type { Sources, SourceSummary } from '../client/schema'
import type { Race } from '../figures/race'

/** A source; of one that is damaged only why nobody can follow it. */
export type Source = Pick<SourceSummary, 'source'> & Partial<SourceSummary>

/** All sources, or undefined while the server does not answer. */
export async function sources(): Promise<Source[] | undefined> {
  return (await read<Sources>('/api/v1/sources'))?.sources
}

/** A race as it is now, or undefined if that cannot be told. */
export async function raceOf(source: string): Promise<Race | undefined> {
  const url = `/api/v1/sources/${encodeURIComponent(source)}/state?channels=race`
  return (await read<State>(url))?.channels.race
}

async function read<T>(url: string): Promise<T | undefined> {
  try {
    const response = await fetch(url)
    return response.ok ? ((await response.json()) as T) : undefined
  } catch {
    return undefined // the page says so and asks again
  }
}

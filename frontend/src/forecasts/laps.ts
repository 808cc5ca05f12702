import type { PastLaps, Problem } from '../client/schema'
import type { PastLap } from '../figures/past'

/** The race as it stood at a lap could not be had; the message is for people. */
export class NoLap extends Error {}

/** How a race stood when the leader completed a lap. */
export async function fetchLap(source: string, lap: number): Promise<PastLap> {
  return (await got(`${pathOf(source)}/${lap}`)) as PastLap
}

/** First and last lap that can be asked for; the server lists them all or says the two. */
export async function fetchSpan(source: string): Promise<[number, number] | undefined> {
  const { laps } = (await got(pathOf(source))) as PastLaps
  return laps.length ? [laps[0]!, laps.at(-1)!] : undefined
}

const pathOf = (source: string) => `/api/v1/sources/${encodeURIComponent(source)}/laps`

async function got(path: string): Promise<unknown> {
  const answer = await fetch(path).catch(() => undefined)
  if (answer?.ok) return answer.json()
  const problem = (await answer?.json().catch(() => undefined)) as Partial<Problem> | undefined
  throw new NoLap(problem?.detail ?? problem?.title ?? 'The server did not answer')
}

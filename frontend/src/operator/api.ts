import type { DecidedBefore, Decision, Me, NothingTaken, Refused, Taken } from '../client/schema'

export type { Me } from '../client/schema'

/** Something to be posted: an entry, or a decision between reports. */
export type Body = Readonly<Record<string, string | number>>
export type Door = 'entries' | 'decisions'

/** A field that was not taken: where, what was there, what would do. */
export type Refusal = Pick<Refused, 'field' | 'got' | 'want'>

/** What became of a post. Only `later` is tried again. */
export type Outcome =
  | { kind: 'taken' | 'repeat' }
  | { kind: 'refused'; why: string; refusal?: Refusal }
  | { kind: 'later'; why: string; waitMs?: number }

/** Any answer to a post, and what a proxy makes of one: so whatever it says may be absent. */
type Answer = Partial<Taken & NothingTaken & DecidedBefore>

/** Name and password as HTTP sends them; kept in memory only, for as long as the page lives. */
export function credentials(name: string, password: string): string {
  const bytes = new TextEncoder().encode(`${name}:${password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

/**
 * How a request says who we are. With a login of ours the browser must keep out of it: it
 * would answer a 401 with a prompt of its own and hold the request until that is closed.
 */
function signed(login: string | undefined): { headers: Record<string, string>; credentials: RequestCredentials } {
  if (login === undefined) return { headers: {}, credentials: 'same-origin' }
  return { headers: login ? { Authorization: login } : {}, credentials: 'omit' }
}

/** Who we are; undefined if name and password were not right. Rejects where nobody answers. */
export async function me(login?: string): Promise<Me | undefined> {
  const response = await fetch('/api/v1/me', signed(login))
  return response.ok ? ((await response.json()) as Me) : undefined
}

/**
 * Post once. A network that is away and a server that cannot are `later`, never an exception.
 *
 * @param login What `credentials` gave, empty before that, undefined where no login is needed.
 */
export async function post(source: string, door: Door, body: Body, login?: string): Promise<Outcome> {
  const { headers, credentials } = signed(login)
  let response: Response
  try {
    response = await fetch(`/api/v1/sources/${encodeURIComponent(source)}/${door}`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      credentials,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
  } catch {
    return { kind: 'later', why: 'no connection' }
  }
  return outcomeOf(response.status, response.headers.get('Retry-After'), await answerOf(response))
}

async function answerOf(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer
  } catch {
    return {} // a proxy's error page, or cut off: the status has to say it all
  }
}

export function outcomeOf(status: number, retryAfter: string | null, answer: Answer): Outcome {
  if (status === 200 || status === 201) return { kind: answer.accepted === 0 ? 'repeat' : 'taken' }
  if (status === 401) return { kind: 'later', why: 'log in to send it', waitMs: Infinity }
  if (status === 429 || status >= 500) {
    return { kind: 'later', why: answer.title ?? `the server answered ${status}`, ...waitOf(retryAfter) }
  }
  const refusal = answer.refused?.[0]
  if (refusal) return { kind: 'refused', why: said(refusal), refusal }
  if (status === 409 && answer.decision) return { kind: 'refused', why: decided(answer.decision) }
  return { kind: 'refused', why: answer.detail ?? answer.title ?? `the server answered ${status}` }
}

function waitOf(retryAfter: string | null): { waitMs?: number } {
  const seconds = Number(retryAfter)
  return retryAfter && seconds > 0 ? { waitMs: seconds * 1000 } : {}
}

export function said({ field, got, want }: Refusal): string {
  return `${field}: got ${typeof got === 'string' ? got : JSON.stringify(got)}, want ${want}`
}

function decided({ operator, tires, service_ms, reason }: Decision): string {
  return `${operator} decided before: ${tires} tyres, ${(service_ms / 1000).toFixed(1)} s (${reason})`
}

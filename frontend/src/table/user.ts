/** Who this tab is: a secret that only it knows, and the name that others write to. */

export interface User {
  name: string
  /** Its own channel, as it is asked for. */
  channel: string
}

/** The user of this tab, the same after a reload. */
export async function userOfTab(storage: Storage = sessionStorage): Promise<User> {
  const secret = storage.getItem('pitlive.user') ?? newSecret()
  storage.setItem('pitlive.user', secret)
  const name = await nameOf(secret)
  return { name, channel: `messages/${name}~${secret}` }
}

export async function nameOf(secret: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)))
  return [...digest.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** What a person is called on the page: a tab by the beginning of its name. */
export function called(name: string | undefined): string {
  if (!name) return 'somebody'
  return /^[0-9a-f]{32}$/.test(name) ? `tab ${name.slice(0, 4)}` : name
}

const COLOURS = 10
const seen = new Map<string, number>()

/** One of ten colours, the next for each who is met. */
export function colourOf(name: string | undefined): string {
  if (!name) return 'var(--faint)'
  if (!seen.has(name)) seen.set(name, (seen.size % COLOURS) + 1)
  return `var(--car-${seen.get(name)})`
}

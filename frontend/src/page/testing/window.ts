import { vi } from 'vitest'

/** A window in memory, as much of one as the pages' modules use; `vi.unstubAllGlobals` takes it away. */
export function stubWindow(address = '/race/bristol'): EventTarget {
  const stored = new Map<string, string>()
  const localStorage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  }
  const location = new URL(address, 'http://here')
  const history = { replaceState: (_: unknown, __: string, to: string) => (location.href = new URL(to, location).href) }
  const document = Object.assign(new EventTarget(), { hidden: false })
  const window = Object.assign(new EventTarget(), { localStorage, location, history, document, setTimeout })
  for (const [name, value] of Object.entries({ window, localStorage, location, history, document }))
    vi.stubGlobal(name, value)
  return window
}

/** Let the network answer by address; what it has no answer for is away. */
export function stubFetch(answers: Record<string, unknown>) {
  const fetch = vi.fn((url: string, _?: RequestInit) => {
    const answer = answers[url]
    if (answer === undefined) return Promise.reject(new TypeError('no network'))
    return Promise.resolve(answer instanceof Response ? answer.clone() : Response.json(answer))
  })
  vi.stubGlobal('fetch', fetch)
  return fetch
}

/** Small things a browser keeps for its user. A full or forbidden storage must not stop a page. */

export function kept<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`pitlive.${key}`)
    return text === null ? otherwise : (JSON.parse(text) as T)
  } catch {
    return otherwise // what cannot be read is as good as nothing kept
  }
}

/** @returns Whether it could be kept. */
export function keep(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(`pitlive.${key}`, JSON.stringify(value))
    return true
  } catch {
    return false // private mode or full: the page goes on with what it has in memory
  }
}

/**
 * Who is still there, told by Web Locks: a lock is let go when its tab or worker is gone,
 * however it went. Where there are none (plain HTTP), tabs say goodbye themselves.
 */
const locks = (): LockManager | undefined => globalThis.navigator?.locks

/** Hold a lock for as long as we live. */
export function hold(name: string): Promise<void> {
  const lent = locks()
  if (!lent) return Promise.resolve()
  return new Promise((held) => {
    void lent.request(name, () => {
      held()
      return new Promise(() => {}) // never: only our end ends it
    })
  })
}

/** Run something when whoever holds the lock is gone; the answer calls it off. */
export function whenGone(name: string, run: () => void): () => void {
  const off = new AbortController()
  const asked = locks()?.request(name, { mode: 'shared', signal: off.signal }, run)
  asked?.catch((error: unknown) => {
    if (!off.signal.aborted) throw error
  })
  return () => off.abort()
}

/** Web Locks in memory, as much of them as the client uses. */
interface Options {
  mode?: 'shared'
  steal?: boolean
  signal?: AbortSignal
}
type Run = () => unknown

interface Request {
  run: Run
  shared: boolean
  done: (value: unknown) => void
  failed: (error: Error) => void
}

export class Locks {
  #held = new Map<string, Request[]>()
  #waiting = new Map<string, Request[]>()

  request(name: string, ...rest: [Run] | [Options, Run]): Promise<unknown> {
    const [options, run] = rest.length === 1 ? [{}, rest[0]] : rest
    return new Promise((done, failed) => {
      const one: Request = { run, shared: options.mode === 'shared', done, failed }
      if (options.steal) this.#steal(name)
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), one])
      options.signal?.addEventListener('abort', () => {
        this.#waiting.set(
          name,
          (this.#waiting.get(name) ?? []).filter((other) => other !== one),
        )
        failed(new Error('aborted'))
      })
      this.#next(name)
    })
  }

  /** Whoever holds it is gone, and hears of nothing. */
  end(name: string): void {
    this.#held.delete(name)
    this.#next(name)
  }

  #steal(name: string): void {
    for (const one of this.#held.get(name) ?? []) one.failed(new Error('stolen'))
    this.#held.delete(name)
  }

  #next(name: string): void {
    const held = this.#held.get(name) ?? []
    const [one, ...others] = this.#waiting.get(name) ?? []
    if (!one || (held.length && !(one.shared && held.every(({ shared }) => shared)))) return
    this.#waiting.set(name, others)
    this.#held.set(name, [...held, one])
    const end = () => {
      this.#held.set(
        name,
        (this.#held.get(name) ?? []).filter((other) => other !== one),
      )
      this.#next(name)
    }
    void Promise.resolve(one.run()).then((value) => {
      one.done(value)
      end()
    })
    this.#next(name)
  }
}

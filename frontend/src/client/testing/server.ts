import type { Connected, Listener } from '../connection'
import type { Rows, State } from '../protocol'
import type { World } from '../world'
import { Source } from './source'
import { Wire } from './wire'

/** A server in memory: its sources, and the streams that are open. */
export class Server implements World {
  opened = 0
  wires: Wire[] = []
  /** States that were asked for: called once, one is read; called again, it arrives. */
  answers: (() => void)[] = []
  #sources = new Map<string, Source>()

  source(name: string): Source {
    const found = this.#sources.get(name) ?? new Source()
    this.#sources.set(name, found)
    return found
  }

  publish(name: string, channel: string, data: Rows): void {
    this.source(name).publish(channel, data)
    for (const wire of this.wires) wire.flush()
  }

  reset(name: string): void {
    this.source(name).reset()
    for (const wire of this.wires) wire.cut()
  }

  forget(name: string): void {
    this.source(name).forget()
    for (const wire of this.wires) wire.cut()
  }

  connect(listener: Listener): Connected {
    const opened = () => (this.opened += 1)
    this.wires.push(new Wire((name) => this.source(name), opened, listener))
    return this.wires.at(-1)!
  }

  state(name: string, patterns: readonly string[]): Promise<State | undefined> {
    let read: State | undefined
    return new Promise((resolve) => {
      const answer = () => {
        if (read) this.answers.splice(this.answers.indexOf(answer), 1)
        if (read) resolve(read)
        else read = this.source(name).snapshot(name, patterns)
      }
      this.answers.push(answer)
    })
  }
}

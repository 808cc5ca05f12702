/** Widgets that packages bring: fetched, mounted and told of changes, whatever their modules do. */
import type { Rows } from '../client'
import type { Stat } from './declared'
import { above, isBelow, keyedBy, pathOf, type Choice } from './rows'
import type { About, Mounted, Point, WidgetModule } from './widget-module'

export const addressOf = (look: string) => `/static/widgets/${encodeURIComponent(look)}.js`

/** How often a module could not be had: browsers remember it of an address, so each next try has one of its own. */
const FAILED = new Map<string, number>()

async function imported(look: string): Promise<Partial<WidgetModule>> {
  const failed = FAILED.get(look) ?? 0
  const address = addressOf(look) + (failed ? `?again=${failed}` : '')
  try {
    return (await import(/* @vite-ignore */ address)) as Partial<WidgetModule>
  } catch (error) {
    FAILED.set(look, failed + 1)
    if (error instanceof Error) error.message = error.message.replace(address, addressOf(look)) // the same each time
    throw error
  }
}

/** One widget on the page. What goes wrong with it is told, and concerns nothing else. */
export class Hosted {
  #mounted: Mounted | undefined
  #points: readonly Point[] = []
  #problem: string | undefined
  #again: (() => Promise<void>) | undefined
  #isClosed = false

  /**
   * `tell` hears what is wrong with it, and undefined when that is over: also what was wrong with the
   * one `before` it in its place.
   */
  constructor(
    readonly look: string,
    readonly tell: (problem: string | undefined) => void,
    readonly load = imported,
    before?: Hosted,
  ) {
    if (before && before.look === look) this.#problem = before.#problem
    else if (before && before.#problem) tell(undefined)
  }

  /** Fetch the module and mount it in an element; where that fails, it is tried again with the next points. */
  async mount(element: HTMLElement, about: About): Promise<void> {
    const points = this.#points
    this.#again = undefined
    try {
      const { mount } = await this.load(this.look)
      if (this.#isClosed) return
      if (typeof mount !== 'function') throw new TypeError('its module exports no function mount')
      const mounted = mount(element, frozen(structuredClone(about)))
      if (typeof mounted?.update !== 'function') throw new TypeError('mount returned nothing with a function update')
      this.#mounted = mounted
    } catch (error) {
      element.replaceChildren()
      this.#say('cannot be shown', error)
      if (!this.#isClosed) this.#again = () => this.mount(element, about)
      if (points !== this.#points) await this.#again?.() // they came meanwhile
      return
    }
    this.#draw()
  }

  /** Tell it of its points; where that fails, now or later, it is tried again with the next ones. */
  update(points: readonly Point[]): void {
    const again = points === this.#points ? undefined : this.#again
    this.#points = points
    if (again) void again()
    else this.#draw()
  }

  close(): void {
    this.#isClosed = true
    this.#again = undefined
    try {
      this.#mounted?.destroy?.()
    } catch (error) {
      this.#say('could not end', error)
    }
    this.#mounted = undefined
  }

  #draw(): void {
    const points = this.#points
    const failed = (error: unknown) => this.#say('could not draw the last change', error)
    try {
      const drawing = this.#mounted?.update(points)
      if (drawing instanceof Promise) void drawing.then(() => this.#drew(points), failed)
      else if (this.#mounted) this.#drew(points)
    } catch (error) {
      failed(error)
    }
  }

  /** What was wrong is over, unless newer points are not drawn yet. */
  #drew(points: readonly Point[]): void {
    if (!this.#problem || this.#isClosed || points !== this.#points) return
    this.#problem = undefined
    this.tell(undefined)
  }

  #say(what: string, error: unknown): void {
    const problem = `The widget ${this.look} ${what}: ${error instanceof Error ? error.message : String(error)}`
    if (problem === this.#problem) return // said already
    console.error(problem, error)
    this.#problem = problem
    if (!this.#isClosed) this.tell(problem)
  }
}

/** An element with a shadow of its own: no style of the page's gets in, and none of its gets out. */
export function shadowIn(place: HTMLElement): HTMLElement {
  const [frame, element] = [document.createElement('div'), document.createElement('div')]
  frame.attachShadow({ mode: 'open' }).append(element)
  place.replaceChildren(frame)
  return element
}

/** The rows of a stat below what is chosen. */
export function pointsOf(stat: Stat, rows: Rows, choice: Choice): Point[] {
  const fields = above(stat)
  return Object.entries(rows).flatMap(([key, row]) => {
    const path = groupsOf(stat, key)
    return isBelow(fields, path, choice) ? [{ key, path, row: frozen(row) }] : []
  })
}

/** How many parts of a row key come after its groups: the length and number of a bucket, the start of a window. */
const AFTER: Readonly<Record<string, number>> = { timed: 2, window: 1 }

/** The groups that a row key names. */
function groupsOf(stat: Stat, key: string): readonly string[] {
  const most = keyedBy(stat).length
  const parts = key === '' && stat.nested ? [] : pathOf(key, most)
  return parts.slice(0, Math.max(0, Math.min(most, parts.length - (AFTER[stat.kind] ?? 0))))
}

/** The same, and nothing of it can be written to. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}

import { createContext } from 'svelte'
import type { Attachment } from 'svelte/attachments'

/** What is said beside what is pointed at, focused or tapped. */
interface Said {
  x: number
  y: number
  lines: () => string[]
}

/** Beside something wider than this [px] the tip stands at the pointer. */
const WIDE = 120

/** The one tip of a view: whatever has more to say than its figure says it here. */
export class Tips {
  now = $state.raw<Said | undefined>()
  #owner: unknown

  /** Show at a point of the window, for as long as `owner` does not hide it. */
  show(owner: unknown, x: number, y: number, lines: () => string[]): void {
    this.#owner = owner
    this.now = { x, y, lines }
  }

  hide(owner: unknown): void {
    if (this.#owner === owner) this.now = undefined
  }

  /** Whoever shows: something else has begun. */
  clear(): void {
    this.now = undefined
  }

  /** Let an element say more while the pointer is on it or it has the focus. */
  on(lines: () => string[]): Attachment<HTMLElement> {
    return (element) => {
      const show = (event: Event) => {
        const box = element.getBoundingClientRect()
        const wide = event instanceof PointerEvent && box.width > WIDE
        this.show(element, wide ? event.clientX + 14 : box.left, wide ? event.clientY + 14 : box.bottom + 4, lines)
      }
      const hide = () => this.hide(element)
      const key = (event: KeyboardEvent) => event.key === 'Escape' && hide()
      const listening = new AbortController()
      const { signal } = listening
      for (const name of ['pointerenter', 'focus', 'click']) element.addEventListener(name, show, { signal })
      for (const name of ['pointerleave', 'blur']) element.addEventListener(name, hide, { signal })
      element.addEventListener('keydown', key, { signal })
      return () => (hide(), listening.abort())
    }
  }
}

export const [tipsHere, giveTips] = createContext<Tips>()

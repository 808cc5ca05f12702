/** What the ES module of a widget exports, and what it is given. */
export interface WidgetModule {
  /**
   * Called once, and where that fails again at the next change; the element is empty, as wide as the
   * widget, and as high as what is put into it.
   */
  mount(element: HTMLElement, about: About): Mounted
}

export interface Mounted {
  /** Called after `mount`, and again whenever the points have changed, at most once a frame. */
  update(points: readonly Point[]): void | Promise<void>
  /**
   * Called when the widget leaves the page, or is mounted anew: with another of its stats, by the
   * switch or for what a reader chose, and at any new version of the declaration.
   */
  destroy?(): void
}

export interface About {
  /** What the page writes above it. */
  title: string
  /** The stat as it is declared, defaults filled in. */
  stat: Readonly<Record<string, unknown>> & { name: string; kind: string; by: readonly string[] }
  /** The field whose values it is about, if it has one. */
  field?: { type: string; decimals?: number; one_of?: readonly string[] }
  /** The widget as it is declared: `figure`, `order`, `most`, `total` and the others. */
  widget: Readonly<Record<string, unknown>> & { figure: string; width: number }
}

/** A row of the stat. */
export interface Point {
  key: string
  /**
   * The groups that the key names, one for each part of `by`; empty for all, and shorter for the
   * upper rows of a nested stat. The last part of a ranking's `by` stands in its rows, not here;
   * nor do the bucket of a `timed` stat and the start of a `window`, which only `key` has.
   */
  path: readonly string[]
  /** As docs/sources.md has it for its kind. It is frozen: the page shows the same one. */
  row: unknown
}

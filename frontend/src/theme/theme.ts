import './tokens.css'
import './base.css'

export type Theme = 'auto' | 'dark' | 'light'

const KEY = 'pitlive.theme'

export function theme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'dark' || kept === 'light' ? kept : 'auto'
}

/** Pin a theme, or follow the system; what is drawn on a canvas listens for `themechange`. */
export function setTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen)
  show(chosen)
  changed()
}

const resolved = new Map<string, string>()

/** The colour a token stands for right now, as a canvas understands it. */
export function colour(token: string): string {
  return computed('color', token)
}

/** A font of the page as a canvas understands it, `scale` times as large. */
export function font(size: string, weight = '--normal', scale = 1): string {
  const px = parseFloat(computed('fontSize', size)) * scale
  return `${computed('fontWeight', weight)} ${px}px ${computed('fontFamily', '--sans')}`
}

/** How long something takes [ms]. */
export function duration(token: string): number {
  return parseFloat(computed('transitionDuration', token)) * 1000
}

type Property = 'color' | 'fontSize' | 'fontWeight' | 'fontFamily' | 'transitionDuration'

function computed(property: Property, token: string): string {
  const known = resolved.get(token)
  if (known) return known
  // Only what is computed has light-dark() and calc() worked out; asking lays out the page, so once is enough.
  const probe = document.createElement('i')
  probe.style[property] = `var(${token})`
  document.body.append(probe)
  const found = getComputedStyle(probe)[property]
  probe.remove()
  resolved.set(token, found)
  return found
}

function changed(): void {
  resolved.clear()
  window.dispatchEvent(new Event('themechange'))
}

function show(chosen: Theme): void {
  if (chosen === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
}

show(theme())
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed)

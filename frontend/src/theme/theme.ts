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
  window.dispatchEvent(new Event('themechange'))
}

/** The colour a token stands for right now, as a canvas understands it. */
export function colour(token: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${token})`
  document.body.append(probe)
  const resolved = getComputedStyle(probe).color
  probe.remove()
  return resolved
}

function show(chosen: Theme): void {
  if (chosen === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
}

show(theme())
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  window.dispatchEvent(new Event('themechange'))
})

import { duration } from '../theme/theme'

const CALM = matchMedia('(prefers-reduced-motion: reduce)')

/**
 * Let a row glide from where it was, `rows` further down, to where it now stands.
 *
 * Rows are equally high, so nothing is measured: 100 % is one row. Moves add up, so that a
 * car which passes two others in quick succession glides on instead of jumping.
 */
export function slide(row: HTMLElement, rows: number): void {
  if (!rows || CALM.matches || document.hidden) return
  row.animate([{ transform: `translateY(${rows * 100}%)` }, { transform: 'translateY(0)' }], {
    duration: duration('--move'),
    easing: 'cubic-bezier(0.2, 0, 0.1, 1)',
    composite: 'add',
  })
}

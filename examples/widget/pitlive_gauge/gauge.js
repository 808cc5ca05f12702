/** Shares as gauges: a half circle for each group, filled from the left. */

const STYLE = `
  div { display: grid; grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); gap: var(--space-10); }
  figure { margin: 0; text-align: center; }
  svg { display: block; width: 100%; max-width: 200px; margin: 0 auto; }
  path { fill: none; stroke: var(--grid); stroke-width: 10; }
  .share { stroke: var(--accent); }
  text { fill: var(--text); font-size: 17px; font-weight: var(--bold); text-anchor: middle; }
  figcaption { color: var(--soft); font-size: var(--font-12); overflow-wrap: anywhere; }
  figcaption:empty { display: none; }
`
const ARC = 'd="M 8 58 A 48 48 0 0 1 104 58" pathLength="100"'
const GAUGE = `
  <svg viewBox="0 0 112 64" role="img">
    <path ${ARC}></path><path class="share" ${ARC}></path><text x="56" y="56"></text>
  </svg>
  <figcaption></figcaption>
`

/** Draws into the element until it is destroyed. */
export function mount(element, { title }) {
  const style = document.createElement('style')
  const gauges = document.createElement('div')
  style.textContent = STYLE
  element.append(style, gauges)
  return {
    update(points) {
      const sorted = [...points].sort((a, b) => (a.key < b.key ? -1 : 1))
      gauges.replaceChildren(...sorted.map(({ path, row }) => gauge(path.join(' / '), title, row.percentage)))
    },
  }
}

function gauge(group, title, percentage) {
  const text = percentage === undefined ? '–' : `${percentage.toFixed(1)} %`
  const figure = document.createElement('figure')
  figure.innerHTML = GAUGE // nothing of it comes from data
  figure.querySelector('svg').setAttribute('aria-label', `${group || title}: ${text}`)
  figure.querySelector('.share').setAttribute('stroke-dasharray', `${percentage ?? 0} 100`)
  figure.querySelector('text').textContent = text
  figure.querySelector('figcaption').textContent = group
  return figure
}

import type uPlot from 'uplot'
import type { Caution } from '../figures/race'
import { colour, font } from '../theme/theme'
import { spread } from './series'

/** Shade laps under caution behind the lines: yellow, or red where the race was stopped. */
export function shading(cautions: () => Caution[], lap: () => number): uPlot.Plugin {
  const paint = (u: uPlot) => {
    const { top, height, left, width } = u.bbox
    u.ctx.save()
    u.ctx.beginPath()
    u.ctx.rect(left, top, width, height)
    u.ctx.clip()
    for (const caution of cautions()) {
      const x0 = u.valToPos(caution.first_lap - 0.5, 'x', true)
      const x1 = u.valToPos((caution.last_lap ?? lap()) + 0.5, 'x', true)
      u.ctx.fillStyle = colour(caution.flag === 'red' ? '--shade-red' : '--shade-yellow')
      u.ctx.fillRect(x0, top, Math.max(1, x1 - x0), height)
    }
    u.ctx.restore()
  }
  return { hooks: { drawClear: paint } }
}

/** One chosen line: its place among the series, what to call it, and its colour. */
export interface Label {
  series: number
  text: string
  colour: string
}

/** Write the car at the end of its line, so that nobody has to match colours with a legend. */
export function endLabels(labels: () => Label[]): uPlot.Plugin {
  const paint = (u: uPlot) => {
    const scale = devicePixelRatio
    const ends = labels().flatMap((label) => endOf(u, label))
    const bottom = u.bbox.top + u.bbox.height
    const placed = spread(
      ends.map((end) => end.y),
      12 * scale,
      bottom,
    )
    u.ctx.save()
    u.ctx.font = font('--font-11', '--bold', scale)
    u.ctx.textBaseline = 'middle'
    u.ctx.textAlign = 'left'
    ends.forEach(({ label }, i) => {
      u.ctx.fillStyle = label.colour
      u.ctx.fillText(label.text, u.bbox.left + u.bbox.width + 6 * scale, placed[i]!)
    })
    u.ctx.restore()
  }
  return { hooks: { draw: paint } }
}

function endOf(u: uPlot, label: Label): { label: Label; y: number }[] {
  const column = u.data[label.series]
  let i = (column?.length ?? 0) - 1
  while (i >= 0 && column![i] == null) i -= 1
  if (i < 0) return []
  const y = u.valToPos(column![i]!, 'y', true)
  const { top, height } = u.bbox
  return [{ label, y: Math.min(top + height, Math.max(top, y)) }]
}

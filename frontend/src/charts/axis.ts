import type uPlot from 'uplot'
import { colour, font } from '../theme/theme'

/** How every chart's axes look, and what is its own. */
export function axisOf(own: uPlot.Axis): uPlot.Axis {
  return {
    stroke: colour('--faint'),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
    font: font('--font-11'),
    ...own,
  }
}

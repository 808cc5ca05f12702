/** What stands on the page: the widgets that are declared, or one for every stat. */
import { isRule } from './alerts'
import { isOverTime } from './buckets'
import { titleOf, type WidgetSpec, type Order, type Series, type Spec, type Stat } from './declared'
import type { Choice } from './rows'

export interface Shown {
  key: string
  stats: Stat[]
  /** What it is called, if that is not what its stat is called. */
  title: string
  /** One of the page's own; any other is the name of a widget that a package brings. */
  look: string
  width: number
  order: Order | undefined
  most: number | undefined
  running: boolean
  total: number | undefined
  against: Series[]
  declared: WidgetSpec
}

const USUAL: WidgetSpec = { stats: [], title: '', width: 1, figure: '', running: false, against: [] }

/**
 * All widgets in their order; those whose stats are not known are left out.
 *
 * @param isOwn Is it a look of the page's own? A widget that a package brings gets a nested stat whole.
 */
export function widgetsOf(spec: Spec, isOwn: (look: string) => boolean): Shown[] {
  const declared = spec.page?.widgets.length ? spec.page.widgets : [...usual(spec.stats), ...notices(spec)]
  const known = new Map(spec.stats.map((stat) => [stat.name, stat]))
  return declared.flatMap((one, n) => {
    const stats = one.stats.flatMap((name) => known.get(name) ?? [])
    const levels = (!one.look || isOwn(one.look) ? stats.flatMap(levelsOf) : stats).map((stat) => ({
      ...stat,
      drawn: one.figure,
    }))
    return levels.length ? [shownOf(one, levels, n)] : []
  })
}

/** A nested stat as one stat for each depth of its groups; over time only the deepest are added up. */
function levelsOf(stat: Stat): Stat[] {
  if (!stat.nested || !['graph', 'table'].includes(lookOf(stat))) return [stat]
  return stat.by.map((_, n) => ({ ...stat, by: stat.by.slice(0, n + 1) }))
}

/** Banners and numbers first: so the page of a source that says nothing of it begins with what is true of all. */
function usual(stats: readonly Stat[]): WidgetSpec[] {
  const first = ['banner', 'number']
  const rest = stats.filter((stat) => !first.includes(lookOf(stat)))
  return [...first.flatMap((look) => stats.filter((stat) => lookOf(stat) === look)), ...rest].map((stat) => ({
    ...USUAL,
    stats: [stat.name],
  }))
}

/** What webhooks told stands last. */
function notices({ webhooks = [] }: Spec): WidgetSpec[] {
  const stats = [...new Set(webhooks.map(({ stat }) => stat))]
  return stats.length ? [{ ...USUAL, stats, title: 'Notices', look: 'notices' }] : []
}

function shownOf(one: WidgetSpec, stats: Stat[], n: number): Shown {
  const { title, width, order, most, running, total, against } = one
  const key = `${n} ${one.stats.join(' ')}`
  const look = one.look ?? lookOf(stats[0]!)
  return { key, stats, title, look, width, order, most, running, total, against, declared: one }
}

function lookOf(stat: Stat): string {
  if (isOverTime(stat)) return 'columns'
  if (isRule(stat)) return stat.kind === 'milestone' ? 'banner' : 'alerts'
  if (stat.kind === 'reconcile') return 'statuses'
  return stat.by.length ? 'graph' : 'number'
}

export interface Block {
  kind: 'numbers' | 'banners' | 'widgets'
  widgets: Shown[]
}

/** Widgets that stand together: numbers next to each other share a row, and so do banners. */
export function blocks(widgets: readonly Shown[]): Block[] {
  const found: Block[] = []
  for (const one of widgets) {
    const kind = one.look === 'number' ? 'numbers' : one.look === 'banner' ? 'banners' : 'widgets'
    const last = found.at(-1)
    if (last?.kind === kind) last.widgets.push(one)
    else found.push({ kind, widgets: [one] })
  }
  return found
}

/** Do the groups of each stat stand in those of the one before? */
export function isNested(stats: readonly Stat[]): boolean {
  return (
    stats.length > 1 &&
    stats.slice(1).every((stat, i) => {
      const above = stats[i]!.by
      return stat.by.length > above.length && above.every((field, n) => stat.by[n] === field)
    })
  )
}

/** Which of nested stats is shown: the deepest of which all that it stands in is chosen. */
export function depthOf(stats: readonly Stat[], choice: Choice): number {
  const known = (stat: Stat) => stat.by.slice(0, -1).every((field) => choice[field] !== undefined)
  return Math.max(0, stats.findLastIndex(known))
}

/** Which of its stats a widget shows: of nested ones by what is chosen, of others by the switch. */
export function statOf({ stats }: Shown, choice: Choice, index: number): Stat {
  return stats[isNested(stats) ? depthOf(stats, choice) : index]!
}

/** What each of several stats is called beside the others. */
export function names(stats: readonly Stat[]): string[] {
  return stats.map(titleOf)
}

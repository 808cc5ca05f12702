/** Rows of stats as what is drawn: one shape for every kind, so that one graph draws them all. */
import type { Json, Rows } from '../client'
import { fieldOf, words, type Field, type Order, type Spec, type Stat } from './declared'

/** One group of a stat. */
export interface Item {
  key: string
  label: string
  /** The groups it stands in, of which none is chosen. */
  within: string
  /** What it is ordered by. */
  value: number
  /** From where to where it reaches, and the middle half of that, if it has more than a value. */
  span?: readonly [number, number]
  box?: readonly [number, number]
  place?: number
  /** All of its figures by name. */
  figures: Record<string, number>
  /** What rules say of it: low. */
  signs?: string
  /** Not a group but the name of a list. */
  heading?: true
}

export type Choice = Readonly<Record<string, string | undefined>>

type Row = Record<string, Json>
type Shown = Pick<Item, 'value' | 'span' | 'box'>

const NAMES = new Intl.Collator('en', { numeric: true })

/** Which figure of a kind is the one to look at. */
const MAIN: Record<string, string> = { count: 'count', mean: 'mean', distinct: 'distinct', proportion: 'percentage' }

/** Paths are kept, for every update asks for those of all rows again; so many, and then anew. */
const PATHS = new Map<string, readonly string[]>()
const MOST_PATHS = 50_000

/** The values that a row key is made of (RFC 6901). */
export function pathOf(key: string, depth: number): readonly string[] {
  if (depth === 0) return []
  let path = PATHS.get(key)
  if (!path) {
    if (PATHS.size >= MOST_PATHS) PATHS.clear()
    path = key.split('/').map((part) => (part.includes('~') ? part.replaceAll('~1', '/').replaceAll('~0', '~') : part))
    PATHS.set(key, path)
  }
  return path
}

/** The fields of a stat that groups stand in: all but the last; over time all of them. */
export function above(stat: Stat): readonly string[] {
  return stat.kind === 'timed' ? stat.by : stat.by.slice(0, -1)
}

/** Fields that groups stand in: what a reader may choose one of to see what is below it. */
export function parents(spec: Spec): string[] {
  return [...new Set(spec.stats.flatMap(above))]
}

/** Is a row, by the values of these fields, below what is chosen? */
export function isBelow(fields: readonly string[], path: readonly string[], choice: Choice): boolean {
  return fields.every((field, i) => choice[field] === undefined || choice[field] === path[i])
}

/** Does a row stand at this depth? A nested stat has rows at all of them. */
export function isAt(stat: Stat, key: string, depth: number): boolean {
  return !stat.nested || (key === '' ? 0 : key.split('/').length) === depth
}

/** The figures of a row that are numbers. */
export function numbers(row: Json): Record<string, number> {
  if (row === null || typeof row !== 'object') return typeof row === 'number' ? { value: row } : {}
  return Object.fromEntries(Object.entries(row).filter(([, v]) => typeof v === 'number')) as Record<string, number>
}

/** What is drawn of a row. */
export function shown(stat: Stat, figures: Record<string, number>): Shown {
  if (stat.kind === 'extreme') return { value: figures.max ?? NaN, span: [figures.min ?? NaN, figures.max ?? NaN] }
  if (stat.kind === 'quantile') return ofQuantiles(figures)
  return { value: figures[mainOf(stat)] ?? Object.values(figures)[0] ?? NaN }
}

function ofQuantiles({ count: _, ...shares }: Record<string, number>): Shown {
  const values = Object.values(shares).sort((a, b) => a - b)
  const last = values.length - 1
  const value = shares.median ?? values[last >> 1] ?? NaN
  if (last < 1) return { value }
  const span = [values[0]!, values[last]!] as const
  return last < 3 ? { value, span } : { value, span, box: [values[1]!, values[last - 1]!] }
}

/** The groups of a stat, below what is chosen. */
export function items(stat: Stat, rows: Rows, choice: Choice, signs?: ReadonlyMap<string, string>): Item[] {
  if (stat.kind === 'ranking') return lists(stat, rows, choice)
  const found: Item[] = []
  const fields = above(stat)
  for (const [key, row] of Object.entries(rows)) {
    if (!isAt(stat, key, stat.by.length)) continue
    const path = pathOf(key, stat.by.length)
    if (!isBelow(fields, path, choice)) continue
    const figures = numbers(row)
    const within = path
      .slice(0, -1)
      .filter((_, i) => choice[stat.by[i]!] === undefined)
      .join(' / ')
    const said = signs?.get(key)
    found.push({
      key,
      label: path.at(-1) ?? '',
      within,
      figures,
      ...shown(stat, figures),
      ...(said && { signs: said }),
    })
  }
  return found
}

/** The same items, and the very objects of before where nothing of them changed: they are not drawn again. */
export function steady(before: readonly Item[], now: readonly Item[]): readonly Item[] {
  const known = new Map(before.map((item) => [item.key, item]))
  const kept = now.map((item) => (isSame(known.get(item.key), item) ? known.get(item.key)! : item))
  return kept.length === before.length && kept.every((item, i) => item === before[i]) ? before : kept
}

function isSame(a: Item | undefined, b: Item): boolean {
  if (!a || a.place !== b.place || a.label !== b.label || a.within !== b.within || a.signs !== b.signs) return false
  if (!Object.is(a.value, b.value)) return false
  const names = Object.keys(b.figures)
  return names.length === Object.keys(a.figures).length && names.every((name) => a.figures[name] === b.figures[name])
}

/** The lists of a ranking under each other, each under its name if there are several. */
function lists(stat: Stat, rows: Rows, choice: Choice): Item[] {
  const depth = stat.by.length - 1
  const keys = Object.keys(rows)
    .filter((key) => isAt(stat, key, depth) && isBelow(above(stat), pathOf(key, depth), choice))
    .sort(NAMES.compare)
  return keys.flatMap((list) => {
    const path = pathOf(list, depth)
    const named = path.map((value, i) => (/^\d/.test(value) ? `${words(stat.by[i]!)} ${value}` : value))
    const name = named.filter((_, i) => choice[stat.by[i]!] === undefined).join(' / ')
    const ranked = (rows[list] as Row[]).map((row) => {
      const { key, place, value } = row as { key: string | number; place: number; value: number }
      return { key: `${list}/${key}`, label: String(key), within: '', value, place, figures: numbers(row) }
    })
    return name && keys.length > 1 ? [heading(list, name), ...ranked] : ranked
  })
}

function heading(list: string, label: string): Item {
  return { key: `${list}/`, label, within: '', value: NaN, figures: {}, heading: true }
}

/** Names in the order of their field, where it has one: K before 1. */
export function byName(field: Field | undefined): (a: Item, b: Item) => number {
  const places = new Map(field?.one_of?.map((name, i) => [name, i]))
  return (a, b) =>
    (places.get(a.label) ?? 0) - (places.get(b.label) ?? 0) ||
    NAMES.compare(a.label, b.label) ||
    NAMES.compare(a.within, b.within)
}

/** In an order, or by a figure, the largest first; what has no number comes last. Level ones stand by their names. */
export function ordered(given: readonly Item[], order: string, field: Field | undefined): Item[] {
  const names = byName(field)
  if (order === 'name') return [...given].sort(names)
  const sign = order === 'lowest' ? -1 : 1
  const of =
    order === 'largest' || order === 'lowest'
      ? (item: Item) => sign * item.value
      : (item: Item) => item.figures[order] ?? NaN
  const number = (item: Item) => (Number.isNaN(of(item)) ? -Infinity : of(item))
  return [...given].sort((a, b) => number(b) - number(a) || names(a, b))
}

/** Groups that have an order of their own, such as grades, are shown in it. */
export function usualOrder(field: Field | undefined): Order {
  return field?.one_of?.length || field?.type === 'integer' || field?.type === 'number' ? 'name' : 'largest'
}

/** The stat whose row keys tell which values of a field can be chosen, given what is chosen already. */
export function tellingOf(spec: Spec, name: string, choice: Choice): Stat | undefined {
  const able = spec.stats.filter((stat) => keyedBy(stat).includes(name))
  const chosen = (stat: Stat) => keyedBy(stat).filter((field) => field !== name && choice[field] !== undefined).length
  return able.sort((a, b) => chosen(b) - chosen(a) || a.by.length - b.by.length)[0]
}

/** The values of a field that stand in the row keys of a stat, below what is chosen before it. */
export function valuesOf(spec: Spec, stat: Stat, name: string, rows: Rows, choice: Choice): string[] {
  const by = keyedBy(stat)
  const others = { ...choice, [name]: undefined }
  const found = new Set<string>()
  for (const key of Object.keys(rows)) {
    if (!isAt(stat, key, by.length)) continue
    const path = pathOf(key, by.length)
    if (isBelow(by, path, others)) found.add(path[by.indexOf(name)]!)
  }
  const one = (label: string): Item => ({ key: label, label, within: '', value: 0, figures: {} })
  return [...found]
    .map(one)
    .sort(byName(fieldOf(spec, stat, name)))
    .map((item) => item.label)
}

/** The fields whose values are in row keys: who is ranked stands in the row. */
export function keyedBy(stat: Stat): string[] {
  return stat.kind === 'ranking' ? stat.by.slice(0, -1) : stat.by
}

/** How many decimals a figure is shown with. */
export function digitsOf(stat: Stat, figure: string, field: Field | undefined): number {
  const own = Math.min(field?.decimals ?? 0, 2)
  if (['mean', 'percentage', 'peakPercentage'].includes(figure)) return 2
  if (['proportion', 'peakProportion'].includes(figure)) return 4
  if (['count', 'distinct', 'place', 'current', 'total', 'peak'].includes(figure)) return 0
  if (figure === 'value') return stat.figure === 'mean' ? 2 : stat.figure === 'sum' ? own : 0
  if (['min', 'max', 'sum', 'level', 'taken', 'added'].includes(figure)) return own
  return stat.kind === 'quantile' ? Math.max(own, 1) : 2
}

/** The figure of a stat that its graph shows. */
export function mainOf(stat: Stat): string {
  if (stat.drawn) return stat.drawn
  if (stat.kind === 'rolling') return { sum: 'sum', mean: 'mean', proportion: 'percentage' }[stat.figure!] ?? 'current'
  return { ranking: 'value', extreme: 'max', quantile: 'median' }[stat.kind] ?? MAIN[stat.kind] ?? 'value'
}

/** Formats are kept: making one takes longer than a hundred uses. */
const FORMATS = new Map<number, Intl.NumberFormat>()

export function figure(value: number | undefined, digits: number): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  const known = FORMATS.get(digits)
  const format = known ?? new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (!known) FORMATS.set(digits, format)
  return format.format(value).replace('-', '−')
}

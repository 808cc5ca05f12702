/** A declared source as its declaration has it, defaults filled in (docs/protocol.md). */
import type * as schema from '../client/schema'

/** Without null: a declaration is kept with what is there, except in its stats. */
type Kept<T> = T extends object ? { [K in keyof T]: Kept<Exclude<T[K], null>> } : T

/** Whatever any of a union may have; stats and fields are read without asking which of the kinds they are. */
type AnyOf<T> = {
  [K in T extends unknown ? keyof T : never]?: T extends unknown ? (K extends keyof T ? T[K] : never) : never
}

type AnyField = Exclude<Kept<schema.EntryType>['fields'][string], string> // the short form is written out
type AnyStat = schema.SourceSpec['stats'][number]

export type Field = Pick<AnyField, 'type'> & AnyOf<AnyField>

/** A stat, whose kind may be one that a package brings. */
export type Stat = Pick<AnyStat, 'name' | 'by'> &
  Omit<AnyOf<AnyStat>, 'kind'> & {
    kind: string
    /** The figure that is drawn, if it is not the usual one. */
    drawn?: string
  }

export type Series = schema.Series

/** A widget, whose look may be one that a package brings. */
export type WidgetSpec = Omit<Kept<schema.Widget>, 'look'> & { look?: string }
export type Order = NonNullable<WidgetSpec['order']>

export interface Page extends Omit<Kept<schema.Page>, 'widgets'> {
  widgets: WidgetSpec[]
}

/** What the page uses of a declaration, which may turn out to be of another kind. */
export interface Spec {
  kind: string
  name?: string
  page?: Page
  entries: Record<string, { fields: Record<string, Field> }>
  stats: Stat[]
  webhooks?: Pick<schema.Webhook, 'name' | 'stat'>[]
}

export interface Declared extends Omit<schema.Declared, 'spec'> {
  spec: Spec
}

/** The declaration of a source, or undefined while there is none or nobody answers. */
export async function declarationOf(source: string): Promise<Declared | undefined> {
  try {
    const response = await fetch(`/api/v1/sources/${encodeURIComponent(source)}`)
    return response.ok ? ((await response.json()) as Declared) : undefined
  } catch {
    return undefined // the page asks again
  }
}

export function fieldOf(spec: Spec, stat: Stat, name: string | undefined): Field | undefined {
  const type = spec.entries[stat.entries || Object.keys(spec.entries)[0]!]
  return name === undefined ? undefined : type?.fields[name]
}

/** What a stat is called. */
export function titleOf(stat: Stat): string {
  return stat.title || words(stat.name)
}

const KINDS: Record<string, string> = {
  count: 'Number of entries',
  mean: 'Mean',
  extreme: 'Lowest and highest',
  quantile: 'Quantiles',
  distinct: 'Different values',
  proportion: 'Share',
  timed: 'Entries over time',
  spike: 'More at once than usual',
  peak: 'More in a window than usual',
  low_water: 'Below a level',
  milestone: 'Milestone',
  reconcile: 'What was ordered, and what came',
  window: 'Closed windows',
}

/** What a stat is, in a line: Mean of score by school. */
export function about(stat: Stat): string {
  const by = stat.by.length ? ` by ${words(stat.by.at(-1)!)}` : ''
  if (stat.kind === 'mean' && stat.drawn && stat.drawn !== 'mean')
    return `${words(stat.drawn)} of ${words(stat.of!)}${by}`
  if (stat.kind === 'ranking')
    return `Best ${words(stat.by.at(-1)!)} by ${stat.figure}${stat.of ? ` of ${words(stat.of)}` : ''}`
  if (stat.kind === 'rolling')
    return `${words(stat.figure!)}${stat.of ? ` of ${words(stat.of)}` : ''} of the last ${duration(stat.over_s!)}${by}`
  return `${KINDS[stat.kind] ?? words(stat.kind)}${stat.of ? ` of ${words(stat.of)}` : ''}${by}`
}

/** A length of time in its largest unit: 5 min. */
export function duration(s: number): string {
  const [unit, name] =
    s % 86400 === 0 ? [86400, 'd'] : s % 3600 === 0 ? [3600, 'h'] : s % 60 === 0 ? [60, 'min'] : [1, 's']
  return `${s / Number(unit)} ${name}`
}

/** A name of the declaration as people write it. */
export function words(name: string): string {
  return name.replace(/[_.:/-]+/g, ' ')
}

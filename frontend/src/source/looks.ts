/** What draws each look of the page's own; any other is a widget that a package brings. */
import type { Component } from 'svelte'
import type { Rows } from '../client'
import type { Widget as Declared } from '../client/schema'
import Alerts from './Alerts.svelte'
import Banner from './Banner.svelte'
import type { Chosen } from './chosen.svelte'
import type { Spec } from './declared'
import Groups from './Groups.svelte'
import type { Shown } from './layout'
import Notices from './Notices.svelte'
import OneNumber from './Number.svelte'
import Spread from './Spread.svelte'
import Statuses from './Statuses.svelte'
import Timed from './Timed.svelte'

/** What every widget of the page is given. */
export interface Props {
  spec: Spec
  shown: Shown
  channels: Readonly<Record<string, Rows>>
  chosen: Chosen
  newestMs: number | undefined
}

/** All that a declaration can name, by the document. */
const OWN = {
  number: OneNumber,
  graph: Groups,
  table: Groups,
  spread: Spread,
  columns: Timed,
  line: Timed,
  alerts: Alerts,
  banner: Banner,
  statuses: Statuses,
  notices: Notices,
} satisfies Record<NonNullable<Declared['look']>, Component<Props>>

export const LOOKS: ReadonlyMap<string, Component<Props>> = new Map(Object.entries<Component<Props>>(OWN))

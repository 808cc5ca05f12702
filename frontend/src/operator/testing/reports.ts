import type { Body } from '../api'
import { reportOf, type Draft } from '../draft'
import type { Item } from '../outbox'

export const DRAFT: Draft = { operator: 'anna', car: '24', lap: '57', tires: '4', service: '11.8' }

export const body = (revision: number, service_ms = 11_800): Body => ({ ...reportOf(DRAFT, revision), service_ms })

export const item = (key: number, of: Body, state: Item['state'] = 'taken'): Item => ({
  key,
  at: 0,
  door: 'entries',
  body: of,
  state,
  tries: 1,
})

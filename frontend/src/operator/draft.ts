import type { PitReportEntry, RetractEntry } from '../client/schema'
import { parseSeconds } from '../figures/format'
import type { Race, Report, Standing } from '../figures/race'
import type { Body } from './api'
import type { Item } from './outbox'

/** What is in the form, as typed. */
export interface Draft {
  operator: string
  car: string
  lap: string
  tires: string
  service: string
}

export type Field = keyof Draft
export type Problems = Partial<Record<Field, string>>

/** Laps after a stop during which a report is taken to be about that stop. */
const JUST_STOPPED_LAPS = 3

/** What cannot be sent, said at the field; empty when all is well. */
export function problems(draft: Draft): Problems {
  const found: Problems = {}
  if (!draft.operator.trim()) found.operator = 'operator: got nothing, want your name'
  if (!draft.car.trim()) found.car = 'car: got nothing, want a car number'
  if (!/^[1-9]\d{0,3}$/.test(draft.lap.trim()) || Number(draft.lap) > 2000) {
    found.lap = `lap: got ${draft.lap || 'nothing'}, want a whole number from 1 to 2000`
  }
  if (!['0', '2', '4'].includes(draft.tires)) found.tires = 'tyres: got nothing, want 0, 2 or 4'
  if (parseSeconds(draft.service) === undefined) {
    found.service = `service: got ${draft.service || 'nothing'}, want seconds such as 11.8`
  }
  return found
}

/** What looks wrong and is sent all the same: people see things before the timing does. */
export function warnings(draft: Draft, race: Race, rows: Record<string, Standing>): Problems {
  const row = rows[draft.car.trim()]
  const found: Problems = {}
  if (draft.car.trim() && !row && Object.keys(rows).length) {
    found.car = `car: ${draft.car.trim()} has not been seen in this race`
  }
  const running = row?.laps === undefined ? race.lap : row.laps
  if (running !== undefined && Number(draft.lap) > running + 1) {
    found.lap = `lap: got ${draft.lap}, the lap now running is ${running + 1}`
  }
  return found
}

/** The lap a report of a car is most likely about: that of its last stop, else the one it is on. */
export function likelyLap(row: Standing | undefined): string {
  if (row?.laps === undefined) return ''
  const stop = row.last_stop_lap
  const recent = stop !== undefined && (row.in_pit || row.laps - stop < JUST_STOPPED_LAPS)
  return String(recent ? stop : row.laps + 1)
}

export function uidOf(operator: string, car: string, lap: number | string): string {
  return `report/${operator}/${car}/${lap}`
}

/** The entry that says what the draft says; call it only if there are no problems. */
export function reportOf(draft: Draft, revision: number): Body {
  const [operator, car, lap] = [draft.operator.trim(), draft.car.trim(), Number(draft.lap)]
  return {
    type: 'pit_report',
    uid: uidOf(operator, car, lap),
    revision,
    operator,
    car,
    lap,
    tires: Number(draft.tires),
    service_ms: parseSeconds(draft.service)!,
  } satisfies PitReportEntry
}

/** The entry that takes a report out. */
export function retractOf(uid: string, revision: number, operator: string): Body {
  const uidOfEntry = `retract/${uid}`
  return { type: 'retract', uid: uidOfEntry, amends: uid, revision, origin: operator } satisfies RetractEntry
}

/** Above every revision of the fact that this browser sent or sees, so that it will count. */
export function nextRevision(uid: string, items: readonly Item[], reports: Record<string, Report>): number {
  const sent = items
    .filter((item) => item.state !== 'refused' && factOf(item.body) === uid)
    .map((item) => Number(item.body.revision))
  const seen = Object.values(reports)
    .flatMap((report) => report.claims)
    .filter((claim) => claim.uid === uid)
    .map((claim) => claim.revision)
  return Math.max(-1, ...sent, ...seen) + 1
}

/** The uid of the fact that an item states or takes out. */
export function factOf(body: Body): string {
  return String(body.amends ?? body.uid ?? '')
}

/**
 * The entry that undoes an item: what was said before it, or a retraction if it was the
 * first. Undefined where there is nothing to undo: it was not the last word on its fact.
 */
export function undoOf(item: Item, items: readonly Item[], reports: Record<string, Report>): Body | undefined {
  if (item.door !== 'entries' || item.state === 'refused') return undefined
  const fact = factOf(item.body)
  const words = items.filter((i) => i.state !== 'refused' && factOf(i.body) === fact)
  if (words.at(-1) !== item) return undefined
  const before = words.at(-2)
  const revision = nextRevision(fact, items, reports)
  if (before?.body.type === 'pit_report') return { ...before.body, revision }
  return item.body.type === 'retract' ? undefined : retractOf(fact, revision, String(item.body.operator))
}

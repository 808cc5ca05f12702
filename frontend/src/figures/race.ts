/** The rows of a race's channels, as docs/protocol.md gives them: no schema has them. Unknown is absent. */
import type { FlagEntry } from '../client/schema'

export interface Race {
  name?: string
  series?: string
  track?: string
  laps_total?: number
  stages?: number[]
  status?: 'waiting' | 'running' | 'finished'
  flag?: Flag
  lap?: number
  leader?: string
  at_ms?: number
  green_run?: number
  cautions?: number
  caution_laps?: number
  lead_changes?: number
  leaders?: number
  fastest?: { car: string; lap: number; lap_ms: number }
}

export type Flag = FlagEntry['flag']

export interface Standing {
  car: string
  driver?: string
  make?: string
  grid?: number
  place?: number
  laps?: number
  laps_down?: number
  at_ms?: number
  to_leader_ms?: number
  to_ahead_ms?: number
  last_ms?: number
  best_ms?: number
  best_lap?: number
  mean5_ms?: number
  mean10_ms?: number
  mean20_ms?: number
  median5_ms?: number
  median10_ms?: number
  median20_ms?: number
  pace_n?: number
  stint?: number
  stint_laps?: number
  green_laps?: number
  stops?: number
  last_stop_lap?: number
  in_pit?: boolean
  laps_led?: number
  mean_place?: number
  passes?: number
  passed?: number
  rev?: number
}

/** at_ms, lap_ms, place, to_leader_ms, mark (any of g, i, o, b). */
export type Lap = [number | null, number | null, number | null, number | null, string | null]

export interface Stop {
  in_ms?: number
  out_ms?: number
  lap?: number
  lane_ms?: number
  service_ms?: number
  service_from?: 'timing' | 'report'
  tires?: number
  in_lap?: number
  out_lap?: number
  in_lap_ms?: number
  out_lap_ms?: number
  flag?: string
}

export interface Stint {
  first_lap: number
  last_lap?: number
  laps?: number
  green_laps?: number
  mean_ms?: number
  best_ms?: number
  tires?: number
}

export interface Caution {
  first_lap: number
  last_lap?: number
  start_ms?: number
  end_ms?: number
  laps?: number
  flag?: string
  reason?: string
  comment?: string
}

export interface Claim {
  uid: string
  operator: string
  revision: number
  tires: number
  service_ms: number
  at_ms?: number
}

export interface Report {
  car: string
  lap: number
  status: 'single' | 'agreed' | 'conflict' | 'decided'
  tires?: number
  service_ms?: number
  why?: string
  claims: Claim[]
  decision?: { operator: string; tires: number; service_ms: number; reason: string; at_ms?: number }
}

export interface Note {
  text: string
  at_ms?: number
  car?: string
  lap?: number
  origin?: string
}

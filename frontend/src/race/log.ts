import type { Rows } from '../client'
import type { Caution, Note } from '../figures/race'

/** One line of the race log. */
export interface Line {
  key: string
  at: number
  lap: number | undefined
  kind: 'yellow' | 'red' | 'green' | 'note'
  text: string
}

/** Cautions, restarts and notes as one log, newest first. */
export function raceLog(cautions: Rows<Caution>, notes: Rows<Note>): Line[] {
  const lines = [
    ...Object.entries(cautions).flatMap(([key, caution]) => cautionLines(key, caution)),
    ...Object.entries(notes).map(([uid, note]) => noteLine(uid, note)),
  ]
  return lines.sort((a, b) => b.at - a.at || (b.lap ?? 0) - (a.lap ?? 0))
}

function cautionLines(key: string, caution: Caution): Line[] {
  const kind = caution.flag === 'red' ? 'red' : 'yellow'
  const why = [caution.reason, caution.comment].filter(Boolean).join(': ')
  const name = kind === 'red' ? 'Red flag' : `Caution ${key}`
  const out: Line = {
    key: `c${key}`,
    at: caution.start_ms ?? 0,
    lap: caution.first_lap,
    kind,
    text: why ? `${name}. ${why}` : name,
  }
  if (caution.end_ms === undefined) return [out]
  const laps = caution.laps === undefined ? '' : ` after ${caution.laps} laps`
  const green: Line = {
    key: `g${key}`,
    at: caution.end_ms,
    lap: caution.last_lap,
    kind: 'green',
    text: `Caution ${key} ends${laps}`,
  }
  return [out, green]
}

function noteLine(uid: string, note: Note): Line {
  const text = [note.car && `Car ${note.car}:`, note.text, note.origin && `(${note.origin})`].filter(Boolean).join(' ')
  return { key: `n${uid}`, at: note.at_ms ?? 0, lap: note.lap, kind: 'note', text }
}

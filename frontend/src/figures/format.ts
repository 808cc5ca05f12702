/** Figures as text for people. Unknown is a thin dash, never a zero. */

export const UNKNOWN = '–'
const MINUS = '−'
/** Below this a clock is counted from the start of the race; above it, it is Unix time [ms]. */
const UNIX_MS = 1e11

/** A duration such as 15.432 or 1:02.071; `digits` after the point, the rest cut, as timing does. */
export function lapTime(ms: number | null | undefined, digits = 3): string {
  if (ms == null) return UNKNOWN
  const whole = Math.floor(Math.abs(ms) / 1000)
  const part = String(Math.floor(Math.abs(ms) % 1000))
    .padStart(3, '0')
    .slice(0, digits)
  const seconds = whole < 60 ? `${whole}` : `${Math.floor(whole / 60)}:${two(whole % 60)}`
  return `${ms < 0 ? MINUS : ''}${seconds}${digits ? `.${part}` : ''}`
}

/** A mean may lie between two milliseconds: it is rounded, not cut. */
export function meanTime(ms: number | null | undefined): string {
  return lapTime(ms == null ? ms : Math.round(ms))
}

/** Time behind somebody: +3.214; crossings can come out of order, then it is negative. */
export function behind(ms: number | null | undefined): string {
  if (ms == null) return UNKNOWN
  return ms < 0 ? lapTime(ms) : `+${lapTime(ms)}`
}

/** Time to the leader, or the laps down where there are any. */
export function toLeader(ms: number | undefined, lapsDown: number | undefined): string {
  return lapsDown ? `${MINUS}${lapsDown} L` : behind(ms)
}

/** Race clock 1:03:07, or the time of day where a source counts in Unix time. */
export function clock(atMs: number | undefined): string {
  if (atMs === undefined) return UNKNOWN
  if (atMs >= UNIX_MS) return new Date(atMs).toLocaleTimeString([], { hour12: false })
  const s = Math.floor(atMs / 1000)
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}

/** Made once: a format takes longer to make than a hundred uses. */
const COUNT = new Intl.NumberFormat('en')

/** How old something is, for a badge: 0.4 s, 12 s, 3 min. */
export function age(ms: number): string {
  const s = Math.max(0, ms) / 1000
  if (s < 9.95) return `${s.toFixed(1)} s`
  if (s < 120) return `${Math.floor(s)} s`
  return s < 7200 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`
}

export function count(n: number | null | undefined): string {
  return n == null ? UNKNOWN : COUNT.format(n)
}

/** Words, with the unit in the number its count asks for. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** A driver's name without the marks that some feeds put around it, first names apart. */
export function driverName(text: string | undefined): { first: string; last: string } {
  const words = (text ?? '')
    .replace(/^[*#]\s*|(?:\s*(?:#|\([A-Za-z]\)))+$/g, '')
    .trim()
    .split(/\s+/)
  const suffix = /^(jr|sr|i{1,3}|iv)\.?$/i.test(words.at(-1) ?? '') && words.length > 2
  const last = words.splice(suffix ? -2 : -1).join(' ')
  return { first: words.join(' '), last }
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** What a person typed as seconds (11.8, 11,8 or 1:02.5) in whole milliseconds. */
export function parseSeconds(text: string): number | undefined {
  const match = /^(?:(\d{1,2}):)?(\d{1,4})(?:[.,](\d{0,3}))?$/.exec(text.trim())
  if (!match) return undefined
  const part = Number((match[3] ?? '').padEnd(3, '0'))
  return (Number(match[1] ?? 0) * 60 + Number(match[2])) * 1000 + part
}

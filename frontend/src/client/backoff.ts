/** First wait [ms]: long enough not to hammer a server that is just starting. */
const FIRST_MS = 1000
/** Longest wait [ms]: nobody on a pit wall waits longer than this for a screen to come back. */
export const CAP_MS = 10_000

/**
 * How long to wait before the next attempt, with full jitter: uniform from 0 to the
 * ceiling, so that a thousand readers thrown off together do not come back together.
 *
 * @param attempt 0 for the first try after a failure.
 */
export function fullJitter(attempt: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 30)))
}

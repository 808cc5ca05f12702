// The words of the status page for the labels that the server counts by; a test of the server
// (tests/test_docs.py) sees that each has one.

/** What a cursor is told, by the reason of `hello`. */
export const VERDICTS: Record<string, string> = {
  ok: 'resumed',
  fresh: 'fresh, no cursor',
  trimmed: 'trimmed: slept too long',
  epoch: 'epoch: another life of the log',
  forked: 'forked: from a past that is gone',
  future: 'future: from ahead of the log',
  unknown: 'unknown: no cursor of ours',
  deleted: 'deleted: there is no such source any more',
}

/** How a stream ends, by the reason of `bye` or of the worker. */
export const ENDS: Record<string, string> = {
  gone: 'the reader left',
  deleted: 'the source was deleted',
  lifetime: 'end of its life',
  restart: 'the worker stopped',
  behind: 'the hub fell behind memory',
  epoch: 'the log began anew',
  forked: 'the log went back, and on another way',
  stalled: 'took nothing for too long',
  overrun: 'further behind than its backlog',
}

/** Why events were read from the log that the announcements had not brought. */
export const CAUSES: Record<string, string> = {
  gap: 'an announcement was lost',
  look: 'found by the look once a second',
  resubscribe: 'after a new subscription',
  long: 'too long to announce (no fault)',
}

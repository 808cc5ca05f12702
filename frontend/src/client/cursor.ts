/** What a reader has reached in one source: which life of the log, how far, and by which way. */
export interface Cursor {
  epoch: string
  seq: number
  /** Names all that was published up to here; absent before the first event. */
  link?: string
}

const CURSOR = /^([A-Za-z0-9]{1,16})\.([0-9]{1,15})(?:\.([A-Za-z0-9]{1,16}))?$/

/** Read a cursor such as `k3f9.41.9f86d081`; undefined if it is not one. */
export function parseCursor(text: string | null | undefined): Cursor | undefined {
  const match = CURSOR.exec(text ?? '')
  if (!match) return undefined
  const [, epoch, seq, link] = match
  return { epoch: epoch!, seq: Number(seq), ...(link && { link }) }
}

export function formatCursor(cursor: Cursor): string {
  const { epoch, seq, link } = cursor
  return link ? `${epoch}.${seq}.${link}` : `${epoch}.${seq}`
}

/** Whether two cursors that stand at the same event came there by different ways. */
export function forked(one: Cursor, other: Cursor): boolean {
  return one.epoch === other.epoch && one.seq === other.seq && one.link !== other.link
}

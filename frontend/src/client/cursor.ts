/** What a reader has reached in one source: which life of the log, and how far. */
export interface Cursor {
  epoch: string
  seq: number
}

const CURSOR = /^([A-Za-z0-9]{1,16})\.([0-9]{1,15})$/

/** Read a cursor such as `k3f9.41`; undefined if it is not one. */
export function parseCursor(text: string | null | undefined): Cursor | undefined {
  const match = CURSOR.exec(text ?? '')
  return match ? { epoch: match[1]!, seq: Number(match[2]) } : undefined
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}.${cursor.seq}`
}

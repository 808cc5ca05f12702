/** In place of `page/tab.ts`: a tab whose readers are told by the test what a hub would tell them. */
import { Reader, type Tab, type Wanted } from '../../client'
import type { Told } from '../../client/messages'

/** All that follow something, by their source. */
export const readers = new Map<string, Reader>()

/** What waits for the next frame. */
const frames: (() => void)[] = []

export function newTab(): Tab {
  const follow = (source: string, wanted: Wanted) => {
    const stop = () => readers.delete(source)
    const reader = new Reader(source, source, { ...wanted, schedule: (run) => frames.push(run) }, ({ type }) => {
      if (type === 'leave') stop()
    })
    readers.set(source, reader)
    reader.join()
    reader.take({ type: 'joined', turn: 1 })
    return reader
  }
  return { way: 'own', follow } as unknown as Tab
}

/** Tell a reader something, and let the frame after it come. */
export function tell(source: string, told: Told): void {
  readers.get(source)!.take(told)
  for (const run of frames.splice(0)) run()
}

export function tellState(source: string, channels: Record<string, object>, cursor = 'k1.1'): void {
  tell(source, { type: 'snapshot', cursor, channels: channels as never })
}

export function tellChange(source: string, channel: string, data: object, cursor: string, at_ms = 0): void {
  tell(source, { type: 'change', cursor, change: { channel, at_ms, data: data as never } })
}

/**
 * Client of PitLive's event streams, for any page: no framework, no dependency.
 *
 *     const stream = new SourceStream({ source: 'bristol', onFlush: () => draw(stream.store) })
 *     stream.start()
 */
export { fullJitter } from './backoff'
export { formatCursor, parseCursor, type Cursor } from './cursor'
export { Ledger, type Judgement } from './ledger'
export { mergePatch } from './patch'
export type * from './protocol'
export { Store, type Flush, type Schedule } from './store'
export { SourceStream, type Link, type Options } from './stream'
export { Watchdog } from './watchdog'

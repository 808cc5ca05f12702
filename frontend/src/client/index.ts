/**
 * Client of PitLive's event streams, for any page: no framework, no dependency.
 *
 *     const tab = new Tab()
 *     const race = tab.follow('bristol', { channels: 'race', onFlush: () => draw(race.store.rows('race')) })
 *
 * All tabs of an origin share one stream, and each is given what it wants.
 */
export { matches } from './channels'
export { formatCursor, parseCursor, type Cursor } from './cursor'
export { Ledger, type Judgement } from './ledger'
export type { Link } from './messages'
export { mergePatch } from './patch'
export type * from './protocol'
export { Reader, type Wanted } from './reader'
export { nextFrame, Store, type Flush, type Schedule } from './store'
export { Tab, type Options } from './tab'
export type { Way } from './ways'

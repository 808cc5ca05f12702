import { Tab } from '../client'

/** The worker of pages of others, too, so that all share one stream. */
const WORKER = import.meta.env.DEV ? '/static/src/client/worker.ts' : '/static/pitlive-client/worker.js'

export function newTab(): Tab {
  return new Tab({ worker: WORKER })
}

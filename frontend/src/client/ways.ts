/** The ways a tab can reach a hub: in a shared worker, in the tab that leads, or in itself. */
import { whenGone } from './gone'
import { Host, lockOf } from './host'
import { WIRE, type ToHub, type ToTab } from './messages'

export type Way = 'worker' | 'leader' | 'own'

type Hear = (message: ToTab) => void

/** A line to a hub. `renew` is for when nothing is heard any more. */
export interface Line {
  send(message: ToHub): void
  renew(): void
  close(): void
}

/** The ways this browser has, best first. Locks want a secure context, and so does a leader. */
export function waysHere(): Way[] {
  const leads = Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel)
  return [...(globalThis.SharedWorker ? ['worker' as const] : []), ...(leads ? ['leader' as const] : []), 'own']
}

/** @param failed The worker cannot be had; there is another way. */
export function toWorker(url: string | URL, tab: string, hear: Hear, failed: () => void): Line {
  let port: MessagePort
  let forget = () => {}
  const heard = ({ data }: MessageEvent<ToTab>) => {
    if (data.told.type === 'hub') {
      forget()
      forget = whenGone(lockOf(data.hub), open)
    }
    hear(data)
  }
  const open = () => {
    port?.close()
    const worker = new SharedWorker(url, { type: 'module', name: WIRE })
    worker.onerror = failed
    port = worker.port
    port.onmessage = heard
    port.postMessage({ tab, type: 'who' } satisfies ToHub)
  }
  const close = () => {
    forget()
    port.close()
  }
  open()
  return { send: (message) => port.postMessage(message), renew: open, close }
}

/**
 * Whoever holds the lock leads; the others reach it by a broadcast channel. When the leader
 * goes, the next in line has the lock, says so, and all join it with the cursors they have.
 */
export function toLeader(tab: string, hear: Hear): Line {
  const channel = new BroadcastChannel(WIRE)
  const closed = new AbortController()
  const broadcast = (message: ToTab) => channel.postMessage(message)
  let host: Host | undefined
  let abdicate = () => {}

  channel.onmessage = ({ data }: MessageEvent<ToTab | ToHub>) => {
    if ('told' in data) hear(data)
    else host?.take(data, broadcast)
  }
  const lead = () =>
    new Promise<void>((resolve) => {
      abdicate = resolve
      host = new Host()
      host.greet(broadcast)
      host.greet(hear)
    })
  const resign = () => {
    host?.stop()
    host = undefined
  }
  const stand = (how: LockOptions) => {
    const led = navigator.locks.request(lockOf('leader'), how, () => (closed.signal.aborted ? undefined : lead()))
    led.then(resign, () => {
      resign() // the lock was taken from us, or we have closed
      if (!closed.signal.aborted) stand({ signal: closed.signal })
    })
  }
  const send = (message: ToHub) => (host ? host.take(message, hear) : channel.postMessage(message))
  stand({ signal: closed.signal })
  send({ tab, type: 'who' })
  return {
    send,
    renew: () => stand({ steal: true }), // the leader is there but does not answer: frozen, or hung
    close: () => {
      abdicate()
      resign()
      closed.abort()
      channel.close()
    },
  }
}

export function toOwn(hear: Hear): Line {
  const host = new Host()
  queueMicrotask(() => host.greet(hear)) // not before the tab has its line
  return { send: (message) => host.take(message, hear), renew: () => {}, close: () => host.stop() }
}

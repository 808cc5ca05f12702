/** The shared worker: a hub for all tabs of the origin. */
import { hold } from './gone'
import { Host, lockOf } from './host'
import type { ToHub, ToTab } from './messages'

const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void }
const host = new Host()
const held = hold(lockOf(host.id)) // its end tells the tabs of ours

scope.onconnect = ({ ports: [port] }) => {
  const reply = (message: ToTab) => port!.postMessage(message)
  port!.onmessage = ({ data }: MessageEvent<ToHub>) => void held.then(() => host.take(data, reply))
}

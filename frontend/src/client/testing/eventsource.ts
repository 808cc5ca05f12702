/** The browser's `EventSource`, whose server is the test. */
export class FakeEventSource extends EventTarget {
  static readonly CONNECTING = 0
  static readonly CLOSED = 2
  /** All that were opened, the newest last. */
  static opened: FakeEventSource[] = []
  readyState = FakeEventSource.CONNECTING

  constructor(readonly url: string) {
    super()
    FakeEventSource.opened.push(this)
  }

  static get newest(): FakeEventSource {
    return FakeEventSource.opened.at(-1)!
  }

  say(name: string, data: unknown, lastEventId = ''): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId }))
  }

  fail(readyState: number): void {
    this.readyState = readyState
    this.dispatchEvent(new Event('error'))
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED
  }
}

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { matches } from './channels'
import { Browser } from './testing/browser'
import { seeded } from './testing/random'
import { Server } from './testing/server'

const CHANNELS = ['race', 'standings', 'laps/1', 'laps/2', 'notes']
const WANTED = ['', 'race', 'race,standings', 'laps/*', 'laps/2,notes', '*a*']

/** What may happen, one thing after the other, as chance has it. */
class Story {
  readonly server = new Server()
  readonly browser = new Browser(this.server)
  #random: () => number
  #names = 0

  constructor(seed: number) {
    this.#random = seeded(seed)
  }

  #one<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)]!
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n)
  }

  publish = () =>
    this.server.publish(this.#one(['a', 'b']), this.#one(CHANNELS), {
      [this.#below(4)]: this.#random() < 0.2 ? null : { n: this.#below(1000), [this.#below(3)]: this.#below(9) },
    })
  read = () => this.server.wires.forEach((wire) => wire.read())
  hear = () => this.browser.readers.forEach((_, i) => this.#random() < 0.7 && this.browser.read(i))
  answer = () => this.server.answers[this.#below(this.server.answers.length)]?.()
  wait = () => vi.advanceTimersByTime(this.#one([1, 10, 40, 6000]))
  follow = () =>
    this.browser.readers.length < 7 &&
    this.browser.follow(`r${this.#names++}`, this.#one(['a', 'b']), this.#one(WANTED))
  stop = () => this.browser.stop(this.#below(7))
  cut = () => this.server.wires.at(-1)!.cut()
  hurry = () => this.browser.hub.hurry()
  rejoin = () => this.browser.readers[this.#below(7)]?.reader.join()
  beat = () => this.server.wires.at(-1)!.beat()
  handOver = () => this.browser.handOver()
  overrun = () => this.server.wires.at(-1)!.overrun()
  reset = () => this.server.reset(this.#one(['a', 'b']))

  async tell(steps: number, rare: (() => void)[]): Promise<void> {
    const often = [this.publish, this.publish, this.publish, this.read, this.read, this.read, this.hear, this.hear]
    const sometimes = [this.answer, this.wait, this.hurry, this.beat]
    for (let step = 0; step < steps; step++) {
      const chance = this.#random()
      this.#one(chance < 0.8 ? often : chance < 0.95 ? sometimes : rare)()
      await Promise.resolve()
    }
  }

  /** Let everything that is on its way arrive. */
  async end(): Promise<void> {
    for (let round = 0; round < 300; round++) {
      this.hurry()
      for (let n = 0; n < 20; n++) this.read()
      for (const answer of [...this.server.answers]) answer()
      await vi.advanceTimersByTimeAsync(100)
      for (let n = 0; n < 40; n++) this.browser.readers.forEach((_, i) => this.browser.read(i))
    }
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('whatever comes and goes', () => {
  test.each(Array.from({ length: 150 }, (_, seed) => seed))('every reader had every event once (%i)', async (seed) => {
    const story = new Story(seed)
    await story.tell(400, [story.follow, story.follow, story.stop, story.cut, story.rejoin, story.handOver])
    await story.end()
    for (const { reader, from, had } of story.browser.readers) {
      const source = story.server.source(reader.source)
      const wanted = source.log.map(({ channel }, i) => ({ channel, seq: i + 1 }))
      const due = wanted.filter(({ channel, seq }) => seq > from && matches(channel, reader.channels))
      expect(had).toEqual(due.map(({ seq }) => source.at(seq)))
      expect(reader.store.channels).toEqual(source.state(reader.channels))
      const { missed, repeats, holes } = reader.ledger
      expect({ link: reader.link, missed, repeats, holes }).toEqual({ link: 'live', missed: 0, repeats: 0, holes: 0 })
    }
    expect(story.server.wires.at(-1)!.unread).toEqual([])
  })

  test.each(Array.from({ length: 150 }, (_, seed) => seed))('every reader ends in the state (%i)', async (seed) => {
    const story = new Story(1000 + seed)
    await story.tell(400, [
      story.follow,
      story.follow,
      story.stop,
      story.cut,
      story.rejoin,
      story.handOver,
      story.overrun,
      story.reset,
    ])
    await story.end()
    for (const { reader, had } of story.browser.readers) {
      expect(new Set(had).size).toBe(had.length)
      expect(reader.store.channels).toEqual(story.server.source(reader.source).state(reader.channels))
      expect(reader.link).toBe('live')
      expect(reader.ledger.repeats).toBe(0)
    }
  })
})

async function following(...wanted: [source: string, channels: string][]): Promise<Story> {
  const story = new Story(1)
  for (let n = 0; n < 40; n++) story.publish()
  for (const [i, [source, channels]] of wanted.entries()) story.browser.follow(`r${i}`, source, channels)
  await story.end()
  return story
}

test('a log that lost its newest events is taken as it is', async () => {
  const story = await following(['a', 'race'], ['a', ''])
  story.server.forget('a')
  await story.end()
  for (const { reader } of story.browser.readers) {
    expect(reader.store.channels).toEqual(story.server.source('a').state(reader.channels))
    expect(reader.link).toBe('live')
  }
})

test('a log that goes on from an older past is never taken for the one that was followed', async () => {
  const story = await following(['a', 'race'], ['a', ''])
  const pasts = () => story.browser.readers.map(({ reader }) => reader.ledger.pasts)
  expect(pasts()).toEqual([0, 0])
  story.server.forget('a')
  for (let n = 0; n < 80; n++) story.server.publish('a', 'race', { 1: { n } })
  await story.end()
  for (const { reader } of story.browser.readers) {
    expect(reader.store.channels).toEqual(story.server.source('a').state(reader.channels))
    expect([reader.link, reader.ledger.missed]).toEqual(['live', 0])
    expect(reader.ledger.cursor).toBe(story.server.source('a').cursor)
  }
  expect(pasts()).toEqual([1, 1])
})

test('a reader that is ahead of the snapshot for a slow stream does not go back to it', async () => {
  const story = await following(['a', ''])
  for (let n = 0; n < 20; n++) story.publish()
  story.overrun()
  for (let n = 0; n < 20; n++) story.publish()
  story.browser.follow('late', 'a', '')
  await vi.advanceTimersByTimeAsync(40)
  story.server.source('a').expire()
  for (let n = 0; n < 2; n++) story.answer()
  await vi.advanceTimersByTimeAsync(1)
  await story.end()
  const late = story.browser.readers[1]!
  expect(late.reader.store.channels).toEqual(story.server.source('a').state(['*']))
  expect([new Set(late.had).size, late.from + late.had.length]).toEqual([late.had.length, late.reader.ledger.seq])
})

describe('the stream', () => {
  test('is opened once for all tabs that come together', async () => {
    const story = await following(['a', ''], ['a', 'race'], ['b', 'notes'])
    expect(story.server.opened).toBe(1)
  })
  test('is not opened again for a tab that wants what others have', async () => {
    const story = await following(['a', ''])
    story.browser.follow('late', 'a', 'laps/*')
    await story.end()
    expect(story.server.opened).toBe(1)
    expect(story.browser.readers[1]!.reader.store.channels).toEqual(story.server.source('a').state(['laps/*']))
  })
  test('is opened once more when a tab wants more, and once when it has left', async () => {
    const story = await following(['a', 'race'])
    story.browser.follow('late', 'a', 'laps/*')
    await story.end()
    expect(story.server.opened).toBe(2)
    story.browser.stop(1)
    await story.end()
    expect(story.server.opened).toBe(3)
    expect(story.browser.hub.url()).toContain('channels=race&')
  })
})

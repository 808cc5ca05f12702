import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { PastLap } from '../figures/past'
import { fetchLap, NoLap } from './laps'
import { Replay } from './replay.svelte'

vi.mock('./laps', async (original) => ({ ...(await original<object>()), fetchLap: vi.fn() }))

/** Laps that were asked for and have no answer yet. */
let asked: { lap: number; answer: () => void; fail: (why: string) => void }[]

beforeEach(() => {
  asked = []
  vi.mocked(fetchLap).mockImplementation(
    (_, lap) =>
      new Promise((resolve, reject) => {
        asked.push({ lap, answer: () => resolve({ lap } as PastLap), fail: (why) => reject(new NoLap(why)) })
      }),
  )
})

async function answer(): Promise<void> {
  asked.at(-1)!.answer()
  await new Promise((resolve) => setTimeout(resolve))
}

describe('a replay', () => {
  test('shows the lap wished for once it is there, and the live one when it is told to', async () => {
    const replay = new Replay('bristol')
    replay.go(7)
    expect(replay.past).toBeUndefined()
    await answer()
    expect(replay.past!.lap).toBe(7)
    replay.live()
    expect([replay.past, replay.wanted]).toEqual([undefined, undefined])
  })
  test('of wishes that come while one is asked for asks for the newest alone', async () => {
    const replay = new Replay('bristol')
    for (const lap of [7, 8, 9]) replay.go(lap)
    await answer()
    await answer()
    expect([asked.map(({ lap }) => lap), replay.past!.lap]).toEqual([[7, 9], 9])
  })
  test('asks for no lap twice, until the past was corrected', async () => {
    const replay = new Replay('bristol')
    for (const lap of [7, 8]) {
      replay.go(lap)
      await answer()
    }
    replay.go(7)
    await vi.waitFor(() => expect(replay.past!.lap).toBe(7))
    expect(asked).toHaveLength(2)
    replay.corrected(1)
    expect(asked.map(({ lap }) => lap)).toEqual([7, 8, 7])
    await answer()
  })
  test('is not moved by an answer that comes after it went back to live', async () => {
    const replay = new Replay('bristol')
    replay.go(7)
    replay.live()
    await answer()
    expect(replay.past).toBeUndefined()
  })
  test('says why a lap is not shown, and tries again when it is wished for again', async () => {
    const replay = new Replay('bristol')
    replay.go(7)
    asked[0]!.fail('lap 7 was not kept')
    await vi.waitFor(() => expect(replay.failed).toBe('lap 7 was not kept'))
    replay.go(7)
    await answer()
    expect([replay.failed, replay.past!.lap]).toEqual([undefined, 7])
  })
})

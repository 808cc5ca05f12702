import { describe, expect, test } from 'vitest'
import { Watchdog } from './watchdog'

describe('waiting', () => {
  test('for a silent connection ends after two and a half heartbeats as measured', () => {
    const dog = new Watchdog(0)
    for (const at of [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000]) dog.heartbeat(at)
    expect(dog.isSilent(70_000 + 24_000)).toBe(false)
    expect(dog.isSilent(70_000 + 26_000)).toBe(true)
    dog.event(90_000)
    expect(dog.isSilent(70_000 + 26_000)).toBe(false)
  })
})

import { beforeEach, describe, expect, test } from 'vitest'
import type { Told } from './messages'
import { Wants } from './wants'

let told: [to: string[], told: Told][]
let wants: Wants
const join = (reader: string, cursor = '', channels = ['race']) => {
  const want = wants.add({ type: 'join', reader, turn: 1, source: 'bristol', channels, cursor })
  want.on = true
  return want
}
const change = (channel: string) => ({ channel, at_ms: 1, data: {} })
const types = () => told.map(([to, { type }]) => `${to.join('+')} ${type}`)

beforeEach(() => {
  told = []
  wants = new Wants((to, what) => told.push([[...to], what]))
})

describe('a reader of the hub', () => {
  test('is told that it has joined, and of a state what it wants', () => {
    join('one')
    wants.replace({ source: 'bristol', cursor: 'k1.4', channels: { race: {}, notes: {} } })
    expect(told).toEqual([
      [['one'], { type: 'joined', turn: 1 }],
      [['one'], { type: 'snapshot', cursor: 'k1.4', channels: { race: {} } }],
    ])
  })
  test('that is ahead of a state is not given it', () => {
    join('one', 'k1.9')
    wants.replace({ source: 'bristol', cursor: 'k1.4', channels: {} })
    expect(types()).toEqual(['one joined'])
  })
  test('is handed changes of its channels that it lacks, those who lack the same together', () => {
    join('one', 'k1.4')
    join('two', 'k1.4')
    join('ahead', 'k1.5')
    join('other', 'k1.4', ['notes'])
    wants.pass('bristol', { epoch: 'k1', seq: 5 }, change('race'))
    expect(types().slice(4)).toEqual(['one+two change'])
  })
  test('that waits for its state gets what came meanwhile after it, and nothing twice', () => {
    const want = join('one')
    want.asking = { waiting: [] }
    for (const seq of [4, 5]) wants.pass('bristol', { epoch: 'k1', seq }, change('race'))
    wants.begin(want, { epoch: 'k1', seq: 4 }, {})
    expect(told.slice(1).map(([, one]) => [one.type, 'cursor' in one && one.cursor])).toEqual([
      ['snapshot', 'k1.4'],
      ['change', 'k1.5'],
    ])
  })
  test('has nothing any more when the log has another past', () => {
    const want = join('one', 'k1.4')
    expect(wants.forget('bristol', ({ seq }) => seq > 9)).toBe(false)
    expect(wants.forget('bristol')).toBe(true)
    expect([want.at, types().at(-1)]).toEqual([undefined, 'one forgotten'])
  })
  test('is told how far the stream is only once it has a state', () => {
    join('one')
    join('two', 'k1.4')
    wants.reached({ bristol: 'k1.8' })
    expect(types().at(-1)).toBe('two reached')
  })
  test('that joined again is not the one it was', () => {
    const before = join('one')
    const now = join('one')
    expect([wants.has(before), wants.has(now), wants.remove('one'), wants.remove('one')]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

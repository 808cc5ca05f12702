import { beforeEach, expect, test, vi } from 'vitest'
import type { LiveRace } from '../page/live.svelte'
import { stubFetch, stubWindow } from '../page/testing/window'
import { Desk } from './desk.svelte'
import { DRAFT } from './testing/reports'

const live = { source: 'bristol', reports: {} } as unknown as LiveRace
const ENTRIES = '/api/v1/sources/bristol/entries'
const TAKEN = { [ENTRIES]: { accepted: 1 }, '/api/v1/me': { login: false } }
let window: EventTarget

beforeEach(() => {
  window = stubWindow()
})

const sent = (fetch: ReturnType<typeof stubFetch>) =>
  fetch.mock.calls.filter(([url]) => url === ENTRIES).map(([, init]) => JSON.parse(init!.body as string) as object)

test('a report is sent, and the next one on the same stop corrects it', async () => {
  const fetch = stubFetch(TAKEN)
  const desk = new Desk(live)
  expect(desk.correctedBy(DRAFT)).toBe(false)
  desk.report(DRAFT)
  expect(desk.correctedBy(DRAFT)).toBe(true)
  desk.report({ ...DRAFT, service: '12' })
  await vi.waitFor(() => expect(desk.waiting).toEqual([]))
  expect(sent(fetch)).toMatchObject([
    { revision: 0, service_ms: 11_800 },
    { revision: 1, service_ms: 12_000 },
  ])
})

test('a report is undone by taking it out, and there is nothing to undo in what was undone', async () => {
  const fetch = stubFetch(TAKEN)
  const desk = new Desk(live)
  const item = desk.report(DRAFT)
  await vi.waitFor(() => expect(desk.waiting).toEqual([]))
  desk.undo(desk.trail[0]!)
  await vi.waitFor(() => expect(sent(fetch)).toHaveLength(2))
  expect(sent(fetch)[1]).toMatchObject({ type: 'retract', amends: item.body.uid, revision: 1 })
  expect(desk.undoable(desk.trail[0]!)).toBeUndefined()
})

test('what could not be sent is there on the next visit, and sent when the network is back', async () => {
  stubFetch({})
  new Desk(live).report(DRAFT)
  const desk = new Desk(live)
  expect(desk.waiting).toHaveLength(1)
  const stop = desk.start()
  const fetch = stubFetch(TAKEN)
  await vi.waitFor(() => {
    window.dispatchEvent(new Event('online'))
    expect(sent(fetch)).toHaveLength(1)
  })
  stop()
})

test('the name of the login stands under reports, else the one that was typed, also the next time', async () => {
  stubFetch({})
  const desk = new Desk(live)
  desk.operator = 'anna '
  expect(new Desk(live).operator).toBe('anna')
  stubFetch({ '/api/v1/me': { operator: 'bert', login: true } })
  expect(await desk.logIn('bert', 'secret')).toBe('')
  expect(desk.operator).toBe('bert')
})

test('a login that fails says why', async () => {
  const desk = new Desk(live)
  stubFetch({ '/api/v1/me': new Response('', { status: 401 }) })
  expect(await desk.logIn('bert', 'wrong')).toBe('Wrong name or password.')
  stubFetch({})
  expect(await desk.logIn('bert', 'secret')).toBe('No connection; try again.')
})

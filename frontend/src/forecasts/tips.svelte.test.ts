import { expect, test, vi } from 'vitest'
import { Tips } from './tips.svelte'

const LINES = () => ['Car 24']

class FakePointer extends Event {
  clientX = 200
  clientY = 50
}

/** Something on the page, so wide, from 10 to the right and 20 down. */
function element(width: number): HTMLElement {
  const box = { left: 10, bottom: 20, width }
  return Object.assign(new EventTarget(), { getBoundingClientRect: () => box }) as unknown as HTMLElement
}

test('one tip is shown at a time, and hidden by whoever shows it alone', () => {
  const tips = new Tips()
  tips.show('one', 1, 2, LINES)
  tips.show('two', 3, 4, LINES)
  tips.hide('one')
  expect(tips.now).toMatchObject({ x: 3, y: 4 })
  tips.hide('two')
  expect(tips.now).toBeUndefined()
})

test('it stands below what has the focus, and at the pointer beside something wide', () => {
  vi.stubGlobal('PointerEvent', FakePointer)
  const tips = new Tips()
  const [narrow, wide] = [element(40), element(400)]
  tips.on(LINES)(narrow)
  tips.on(LINES)(wide)
  narrow.dispatchEvent(new FakePointer('pointerenter'))
  expect(tips.now).toMatchObject({ x: 10, y: 24 })
  wide.dispatchEvent(new FakePointer('pointerenter'))
  expect(tips.now).toMatchObject({ x: 214, y: 64 })
  wide.dispatchEvent(new Event('focus'))
  expect(tips.now).toMatchObject({ x: 10, y: 24, lines: LINES })
})

test('it is gone with the pointer, by Escape, and with what it is about', () => {
  vi.stubGlobal('PointerEvent', FakePointer)
  const tips = new Tips()
  const one = element(40)
  const off = tips.on(LINES)(one)!
  for (const end of [new Event('pointerleave'), Object.assign(new Event('keydown'), { key: 'Escape' })]) {
    one.dispatchEvent(new Event('focus'))
    one.dispatchEvent(end)
    expect(tips.now).toBeUndefined()
  }
  one.dispatchEvent(new Event('focus'))
  off()
  expect(tips.now).toBeUndefined()
  one.dispatchEvent(new Event('focus'))
  expect(tips.now).toBeUndefined()
})

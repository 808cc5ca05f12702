import { beforeEach, expect, test, vi } from 'vitest'
import { stubWindow } from '../page/testing/window'
import { painted } from './paint'

let window: EventTarget
let resize: () => void
const disconnect = vi.fn()

beforeEach(() => {
  window = stubWindow()
  vi.stubGlobal('devicePixelRatio', 2)
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe = () => {}
      disconnect = disconnect
      constructor(run: () => void) {
        resize = run
      }
    },
  )
})

function canvas() {
  const context = { setTransform: () => {}, clearRect: () => {} }
  return { clientWidth: 100, clientHeight: 30, width: 0, height: 0, getContext: () => context }
}

test('a canvas has a pixel for each of the screen, and is painted in those of the page', () => {
  const [one, paint] = [canvas(), vi.fn()]
  painted(paint)(one as never)
  expect([one.width, one.height]).toEqual([200, 60])
  expect(paint).toHaveBeenCalledExactlyOnceWith(one.getContext(), 100, 30)
})

test('it is painted again when its size or the theme is another one, until it is gone', () => {
  const [one, paint] = [canvas(), vi.fn()]
  const gone = painted(paint)(one as never)!
  one.clientWidth = 50
  resize()
  window.dispatchEvent(new Event('themechange'))
  expect([paint.mock.calls.length, one.width]).toEqual([3, 100])
  gone()
  window.dispatchEvent(new Event('themechange'))
  expect([paint.mock.calls.length, disconnect.mock.calls.length]).toEqual([3, 1])
})

import { expect, test } from 'vitest'
import { exposeHooks } from './hooks'
import { newTab, tellState } from './testing/tab'
import { stubWindow } from './testing/window'

test('what tests read of a page is always as of now', () => {
  stubWindow()
  const tab = newTab()
  exposeHooks(tab, tab.follow('bristol', { onFlush: () => {} }))
  const hooks = window.pitlive!
  expect([hooks.cursor, hooks.state, hooks.way]).toEqual(['', {}, 'own'])
  tellState('bristol', { race: { lap: 3 } }, 'k1.7')
  expect([hooks.cursor, hooks.state, hooks.missed]).toEqual(['k1.7', { race: { lap: 3 } }, 0])
})

import { expect, test } from 'vitest'
import { sourceOfPage } from './source'

test.each([
  ['/race/bristol', 'bristol'],
  ['/operator/a%20b/', 'a b'],
  ['/static/race.html?source=demo', 'demo'],
  ['/race/bristol/more', ''],
  ['/', ''],
])('the source of %s is "%s"', (address, source) => {
  expect(sourceOfPage(new URL(address, 'http://here') as unknown as Location)).toBe(source)
})

import { expect, test } from 'vitest'
import { filesOf } from './files'

const MOST = 120

test(`no line is longer than ${MOST}, also where Prettier cannot break it`, () => {
  const long = filesOf('.ts', '.svelte', '.css').flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, i) => (line.length > MOST ? [`${path}:${i + 1}: ${line.length}`] : [])),
  )
  expect(long).toEqual([])
})

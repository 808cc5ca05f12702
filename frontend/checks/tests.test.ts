import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { filesOf, type File } from './files'

/** Scripts that a page or a worker begins with: there is nothing to call. */
const ENTRIES = [/^src\/pages\//, /^src\/client\/worker\.ts$/]

/** Whether a module does anything: types, constants and what only hands on others have no function. */
function computes({ path, text }: File): boolean {
  let found = false
  const look = (node: ts.Node) => {
    found ||= ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
    if (!found) ts.forEachChild(node, look)
  }
  look(ts.createSourceFile(path, text, ts.ScriptTarget.Latest))
  return found
}

test('every module that computes has its test beside it', () => {
  const files = filesOf('.ts')
  const paths = new Set(files.map(({ path }) => path))
  const tested = (path: string) => paths.has(path.replace(/\.ts$/, '.test.ts'))
  const lacking = files.filter(
    (file) =>
      !file.path.endsWith('.test.ts') &&
      !file.path.includes(join('/', 'testing', '/')) &&
      !ENTRIES.some((entry) => entry.test(file.path)) &&
      computes(file) &&
      !tested(file.path),
  )
  expect(lacking.map(({ path }) => path)).toEqual([])
})

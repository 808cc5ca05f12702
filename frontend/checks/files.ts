import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FRONTEND = join(import.meta.dirname, '..')

export interface File {
  /** From the folder of the front end. */
  path: string
  text: string
}

/** The files below src/ whose names end so. */
export function filesOf(...ends: string[]): File[] {
  return readdirSync(join(FRONTEND, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => ends.some((end) => name.endsWith(end)))
    .map((name) => join('src', name))
    .map((path) => ({ path, text: readFileSync(join(FRONTEND, path), 'utf8') }))
}

/** Where in the file a piece of its text is, as editors open it. */
export function placeOf({ path, text }: File, index: number): string {
  return `${path}:${text.slice(0, index).split('\n').length}`
}

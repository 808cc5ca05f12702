import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FRONTEND = join(import.meta.dirname, '..')

export interface File {
  /** From the folder of the front end. */
  path: string
  text: string
}

/** Made by `./npm run schema`; nobody writes or reads it line by line. */
const GENERATED = 'client/schema.ts'

/** The files below src/ that are written by hand and whose names end so. */
export function filesOf(...ends: string[]): File[] {
  return readdirSync(join(FRONTEND, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== GENERATED && ends.some((end) => name.endsWith(end)))
    .map((name) => join('src', name))
    .map((path) => ({ path, text: readFileSync(join(FRONTEND, path), 'utf8') }))
}

/** Where in the file a piece of its text is, as editors open it. */
export function placeOf({ path, text }: File, index: number): string {
  return `${path}:${text.slice(0, index).split('\n').length}`
}

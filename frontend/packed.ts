import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** Bytes that fit a packet anyway. */
const SMALL = 1000

const CODINGS = { '.gz': (text: Buffer) => gzipSync(text, { level: 9 }), '.br': brotliCompressSync }

/** Packs what is built, once, beside the files themselves: the server only sends them. */
export function packed(): Plugin {
  return {
    name: 'packed',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        const text = readFileSync(join(dir!, name))
        if (text.length < SMALL) continue
        for (const [suffix, pack] of Object.entries(CODINGS)) writeFileSync(join(dir!, name + suffix), pack(text))
      }
    },
  }
}

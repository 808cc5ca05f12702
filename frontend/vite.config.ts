/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { packed } from './packed.ts'

/** Where a running `pitlive web` answers while the pages are developed. */
const API = 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/static/',
  logLevel: 'warn',
  plugins: [svelte(), packed()],
  server: { proxy: { '/api': API, '/openapi': API, '/static/widgets': API } },
  build: {
    outDir: '../pitlive/web/static',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // The page's policy is default-src 'self': nothing may be inlined as a data: URL.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ['index.html', 'race.html', 'source.html', 'table.html', 'operator.html', 'status.html'],
    },
  },
  // What `svelte` means is a matter of conditions, too: see vitest.environment.ts.
  ...(process.env.VITEST && { resolve: { conditions: ['browser'] } }),
  test: {
    include: ['{src,checks}/**/*.test.ts'],
    environment: './vitest.environment.ts',
    pool: 'threads',
    testTimeout: 20_000, // a machine may be busy
    unstubGlobals: true,
    restoreMocks: true,
  },
})

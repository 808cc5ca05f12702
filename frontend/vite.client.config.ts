import { defineConfig } from 'vite'
import { packed } from './packed.ts'

/** One file each, whose mode says which: a worker must not need a second one. */
export default defineConfig(({ mode }) => ({
  plugins: [packed()],
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: '../pitlive/web/static/pitlive-client',
    emptyOutDir: false,
    sourcemap: false,
    lib: { entry: `src/client/${mode}.ts`, formats: ['es'], fileName: () => `${mode}.js` },
  },
}))

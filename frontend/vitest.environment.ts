import type { Environment } from 'vitest/runtime'

/** Node, but with what Vite builds for browsers: for a server Svelte leaves effects out. */
export default {
  name: 'browser code',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => {} }),
} satisfies Environment

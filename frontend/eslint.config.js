import { readdirSync } from 'node:fs'
import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import svelte from 'eslint-plugin-svelte'
import ts from 'typescript-eslint'

/** The rooms of src/, each of which may import those after it only: so there is no circle between any two. */
const ROOMS = [
  'pages',
  'race',
  'forecasts',
  'operator',
  'list',
  'table',
  'source',
  'status',
  'charts',
  'page',
  'figures',
  'client',
  'theme',
]

for (const { name } of readdirSync(new URL('src', import.meta.url), { withFileTypes: true }))
  if (!ROOMS.includes(name)) throw new Error(`eslint.config.js: ROOMS has no ${name}, want its place among the rooms`)

/** What a room must not import. Its tests may import what stands in for something. */
function walls(room, n) {
  const above = {
    regex: `^(\\.\\./)+(${ROOMS.slice(0, n).join('|') || '-'})(/|$)`,
    message: `${room} stands below it: see ROOMS in eslint.config.js`,
  }
  const doubles = { regex: '/testing(/|$)', message: 'What is in testing/ is for tests' }
  const rule = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] })
  const tests = [`src/${room}/**/*.test.ts`, `src/${room}/testing/**`]
  return [
    { files: [`src/${room}/**`], ignores: tests, rules: rule(above, doubles) },
    { files: tests, rules: rule(above) },
  ]
}

export default defineConfig(
  globalIgnores(['src/client/schema.ts']), // generated
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.strict,
  ts.configs.stylistic,
  svelte.configs.recommended,
  svelte.configs.prettier,
  {
    files: ['**/*.svelte', '**/*.svelte.ts', '**/*.svelte.test.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeCheckedOnly],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
  {
    rules: {
      'max-lines': ['error', 299],
      'max-lines-per-function': ['error', 45],
      'no-undef': 'off', // tsc knows better
      // An index may be out of bounds for noUncheckedIndexedAccess; where it cannot be, `!` says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Rows are dictionaries, and a test that wants nothing done has a function that does nothing.
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // What is shown is replaced and never written into, so a plain Map or Set in it is as good.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-useless-mustaches': 'off', // a space at the edge of a block needs them
    },
  },
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
  ROOMS.map(walls),
)

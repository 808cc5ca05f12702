import type { Spec, Stat } from '../declared'

export const mean: Stat = { name: 'schools', kind: 'mean', of: 'score', by: ['district', 'school'] }

export const best: Stat = { name: 'best', kind: 'ranking', of: 'score', figure: 'mean', by: ['district', 'school'] }

export const spec: Spec = {
  kind: 'declared',
  entries: {
    score: {
      fields: { district: { type: 'text' }, school: { type: 'text' }, grade: { type: 'text', one_of: ['K', '1'] } },
    },
  },
  stats: [mean, best],
}

export const rows = {
  'a~1b/x': { count: 2, sum: 10, mean: 5 },
  'c/y': { count: 1, sum: 7, mean: 7 },
  'c/x10': { count: 1, sum: 5, mean: 5 },
  'c/x9': { count: 1, sum: 5, mean: 5 },
}

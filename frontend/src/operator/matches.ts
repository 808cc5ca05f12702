import type { Standing } from '../figures/race'

const MOST = 7

/** Cars whose number begins with the text, then those whose driver's name holds it, by place. */
export function matches(text: string, rows: Record<string, Standing>): Standing[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return []
  const rank = (row: Standing) =>
    row.car.toLowerCase() === wanted
      ? 0
      : row.car.toLowerCase().startsWith(wanted)
        ? 1
        : row.driver?.toLowerCase().includes(wanted)
          ? 2
          : 3
  return Object.values(rows)
    .filter((row) => rank(row) < 3)
    .sort((a, b) => rank(a) - rank(b) || (a.place ?? Infinity) - (b.place ?? Infinity))
    .slice(0, MOST)
}

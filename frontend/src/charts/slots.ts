/** Give each key the lowest free number, keeping those that had one. */
export function assignSlots(before: ReadonlyMap<string, number>, keys: readonly string[]): ReadonlyMap<string, number> {
  const stay = keys.filter((key) => before.has(key))
  const slots = new Map(stay.map((key) => [key, before.get(key)!]))
  const taken = new Set(slots.values())
  for (const key of keys) {
    if (slots.has(key)) continue
    let free = 0
    while (taken.has(free)) free += 1
    taken.add(free)
    slots.set(key, free)
  }
  return slots
}

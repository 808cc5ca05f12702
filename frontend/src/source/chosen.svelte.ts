import type { Spec } from './declared'
import { parents, type Choice } from './rows'

/** What is chosen on the page, for all widgets: one value of a field, or none. */
export class Chosen {
  choice = $state.raw<Choice>({})

  /** Choose a value, or none; what stands below it was chosen for another one. */
  set(spec: Spec, field: string, value: string | undefined): void {
    const below = new Set(spec.stats.flatMap(({ by }) => (by.includes(field) ? by.slice(by.indexOf(field) + 1) : [])))
    const kept = Object.entries(this.choice).filter(([name]) => name !== field && !below.has(name))
    this.choice = { ...Object.fromEntries(kept), ...(value !== undefined && { [field]: value }) }
  }

  turn(spec: Spec, field: string, value: string): void {
    this.set(spec, field, this.choice[field] === value ? undefined : value)
  }

  can(spec: Spec, field: string): boolean {
    return parents(spec).includes(field)
  }
}

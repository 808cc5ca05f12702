import { keep, kept } from '../page/kept'

export type Span = '50' | '150' | 'all'

/** What all charts of a page share: which laps are shown, and the lap under the pointer. */
export class View {
  span = $state<Span>(kept('charts.span', 'all'))
  hover = $state.raw<number | undefined>()

  /** Remember what was chosen; call it while a component is set up. */
  keep(): void {
    $effect(() => void keep('charts.span', this.span))
  }

  /** First and last lap shown when `lap` laps have been run. */
  laps(lap: number): [number, number] {
    const last = Math.max(lap, 10)
    return [this.span === 'all' ? 1 : Math.max(1, last - Number(this.span)), last]
  }
}

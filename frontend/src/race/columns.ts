/** The columns of the tower; `class` is also what narrow screens hide by. */
export interface Column {
  class: string
  head: string
  title: string
  /** Width [px]; 0 takes what is left. */
  width: number
}

export const PACES = ['mean5', 'mean10', 'mean20', 'median5', 'median10', 'median20'] as const
export type Pace = (typeof PACES)[number]

export function paceTitle(pace: Pace): string {
  const [, kind, n] = /^(mean|median)(\d+)$/.exec(pace)!
  return `${kind === 'mean' ? 'Mean' : 'Median'} of the last ${n} green laps`
}

export function columns(pace: Pace): Column[] {
  return [
    { class: 'star', head: '', title: 'Favourite: stays on top', width: 20 },
    { class: 'place', head: 'P', title: 'Place', width: 26 },
    { class: 'gain', head: '±', title: 'Places gained or lost', width: 36 },
    { class: 'no', head: 'Car', title: 'Car; choose it for the charts', width: 44 },
    { class: 'driver', head: 'Driver', title: 'Driver', width: 0 },
    { class: 'leader', head: 'Leader', title: 'Time behind the leader at the line, or laps down (−n L)', width: 72 },
    { class: 'ahead', head: 'Ahead', title: 'Time behind the car one place ahead, at the line', width: 66 },
    { class: 'last', head: 'Last', title: 'Last lap', width: 70 },
    { class: 'best', head: 'Best', title: 'Best lap', width: 68 },
    { class: 'pace', head: 'Pace', title: paceTitle(pace), width: 62 },
    { class: 'stint', head: 'Stint', title: 'Laps since the last stop', width: 40 },
    { class: 'stops', head: 'Stops', title: 'Pit stops so far', width: 42 },
    { class: 'led', head: 'Led', title: 'Laps led', width: 36 },
    { class: 'passes', head: 'Pass', title: 'Green-flag passes for position made', width: 40 },
    { class: 'status', head: '', title: 'PIT in the pits, IN in-lap, OUT out-lap, STILL not moving', width: 48 },
  ]
}

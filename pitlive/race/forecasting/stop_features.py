"""What is seen of each running car before it stops: its stint, and who else has stopped."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.race.forecasting.field import Field
from pitlive.race.forecasting.view import AT, CAR, FIRST, LAP, LAST, View

AGE, UNSTOPPED, SHARE, LATELY, LAST_LAP, LEFT, STAGE, SINCE, PLACE, DOWN, RATIO, N, IN = range(13)
"""Columns of what `seen` returns of a car."""


def seen(view: View, of: Field) -> Floats:
    """Return what is known of each running car, shape (m, 13).

    Laps since its stop; whether it has not stopped in this green run; shares of the others
    that have, in the run, in the last three laps, in the last; laps left, of the race and
    the stage; laps since green; place (0 to 1); laps down; its age by the median age of this
    race's green stops, and how many those are; whether it is in its pits.
    """
    green = green_stops(view)
    run = green[green[:, LAP] > view.restart]
    stopped = np.zeros(len(view.cars))
    stopped[run[:, CAR]] = 1.0
    size = max(len(of.rows), 1)
    share = stopped[of.rows].sum() / size
    lately = [len(run[run[:, LAP] > view.lap - back]) / size for back in (3, 1)]
    aged = ages(view, green)
    ratio = of.age / max(np.median(aged), 1.0) if len(aged) else np.zeros(len(of.rows))
    same = np.ones(len(of.rows))
    left = of.left if of.left == of.left else 1e4
    stage = view.stage_end - view.lap if view.stage_end else 1e4
    columns = (
        *(of.age, 1.0 - stopped[of.rows], share * same, lately[0] * same, lately[1] * same),
        *(left * same, stage * same, of.since * same, of.place / max(of.size, 1)),
        *(np.minimum(of.down, 5), ratio, len(aged) * same, of.stopped * 1.0),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def ages(view: View, green: Ints) -> Floats:
    """Return the laps since the stop before, or the start, of each green stop."""
    before: dict[int, int] = {}
    found: dict[tuple[int, int], int] = {}
    for row, lap, _ in view.stops.tolist():
        found[row, lap] = lap - before.get(row, 0)
        before[row] = lap
    return np.array([found[row, lap] for row, lap, _ in green.tolist()], np.float64)


def green_stops(view: View) -> Ints:
    """Return the stops begun under green, in order of time."""
    lap = view.stops[:, LAP, None]
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    under = (first <= lap) & ((last >= lap) | (last < 0))
    return np.asarray(view.stops[~under.any(axis=1)])


def following(past: View, view: View, rows: Ints) -> Ints:
    """Return which of `past.stops` is the next of each car after a view of it, -1 none."""
    later = np.flatnonzero(past.stops[:, AT] > past.lead_at[view.lap])
    row, lap = past.stops[later, CAR], past.stops[later, LAP]
    known = row < len(view.cars)
    new = known & (lap > view.last[np.where(known, row, 0)])
    found = np.full(len(past.cars), -1)
    found[row[new][::-1]] = later[new][::-1]  # the first of each car is written last
    return found[rows]


def under(view: View) -> Bools:
    """Return which laps were under caution, shape (lap + 1,)."""
    laps = np.arange(view.lap + 1)[:, None]
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    slow = (laps > 0) & (laps >= first) & ((laps <= last) | (last < 0))
    return np.asarray(slow.any(axis=1))


def slow_laps(view: View, of: Field) -> Floats:
    """Return how many laps of the stint of each car were under caution, shape (m,)."""
    so_far = under(view).cumsum()
    begin = np.maximum(of.last - of.age.astype(np.int64), 0)
    return np.asarray(so_far[of.last] - so_far[begin], np.float64)

"""The stops of a race that are over, with how long they took: full ones, and no repairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.race.forecasting.view import FIRST, LAST, SERVICE, TIRES, View

ROW, LAP, BEGIN, END, TIME, YELLOW, AGE, LEFT = range(8)
"""Columns of timed stops: row, in-lap, when that lap began [ms], when it was known how long
the stop took [ms], how long [ms], whether a caution was on, laps since the stop before, laps
of the race that were left."""

Measure = Callable[[View], Floats]
"""Returns the timed stops of a view, shape (k, 8)."""

ALIKE = (0.6, 1.6)
"""Times the median of the race within which a time is that of a stop, and not a repair."""

SERVED = (0.5, 2.0)
"""The same for the time in the box, which differs more."""

LONGEST_MS = 180_000
"""A longer time is a repair, or the race was stopped while the field stood in the lane."""

FULL = 4
"""Tyres of a full stop, which is what is forecast: fewer is another, shorter thing."""


def ordinary(stops: Floats, full: Bools) -> Floats:
    """Return the full stops that were no repairs: their time is like the others'."""
    full = full & (stops[:, TIME] < LONGEST_MS)
    if not full.any():
        return stops[:0]
    ratio = stops[:, TIME] / np.median(stops[full, TIME])
    return np.asarray(stops[full & (ratio > ALIKE[0]) & (ratio < ALIKE[1])])


def full(view: View) -> Bools:
    """Which stops that are over were for all tyres, as far as is known, and no repair."""
    done = view.done
    found = (done[:, TIRES] == FULL) if (done[:, TIRES] >= 0).any() else np.ones(len(done), bool)
    served = done[:, SERVICE]
    if (found & (served > 0)).any():
        ratio = served / np.median(served[found & (served > 0)])
        found &= (ratio > SERVED[0]) & (ratio < SERVED[1])
    return np.asarray(found)


def timed(view: View, time: Ints | Floats, end: Ints) -> Floats:
    """Return the stops that are over, with how long they took and when that was known."""
    row, lap = view.done[:, ROW], view.done[:, LAP]
    begin = view.at[row, np.minimum(lap - 1, view.lap)]
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    under = (first <= lap[:, None]) & ((last >= lap[:, None]) | (last < 0))
    left = np.full(len(lap), view.scheduled or np.inf) - lap
    age = lap - before(view, row, lap)
    stops = np.stack((row, lap, begin, end, time, under.any(axis=1), age, left), axis=1)
    return np.asarray(stops, np.float64)


def before(view: View, row: Ints, lap: Ints) -> Ints:
    """Return the in-lap of the stop before, 0 without any."""
    same = (view.stops[:, ROW] == row[:, None]) & (view.stops[:, LAP] < lap[:, None])
    return np.asarray(np.where(same, view.stops[:, LAP], 0).max(axis=1, initial=0))


def coming(view: View, rows: Ints) -> Floats:
    """Return a stop of each car on its next lap, to be timed."""
    lap = view.last[rows] + 1
    stops = np.full((len(rows), LEFT + 1), np.inf)
    stops[:, ROW], stops[:, LAP] = rows, lap
    stops[:, AGE] = lap - before(view, rows, lap)
    stops[:, LEFT] = (view.scheduled or np.inf) - lap
    return stops

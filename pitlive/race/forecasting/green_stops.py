"""Stops under green, told by the laps alone: what each cost, whatever the data says of the box.

Every series says who came in; who left when, and what was done, only some do. What a stop
cost is in-lap + out-lap − 2 laps at the pace that the car had before it.
"""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.median import median
from pitlive.numerics.tail import tail
from pitlive.race.forecasting.pit_cycle import LOSSES
from pitlive.race.forecasting.view import CAR, FIRST, LAP, LAST, View

RECENT = 10
"""Green laps whose median is the pace of a car."""

NEWEST = 60
"""Stops of a race that are looked at: what the lane cost an hour ago says less."""

STINT = 10
"""Laps without which a stint says nothing of its tyres."""

K_CREW = 2.0
"""Stops of a car that weigh as much as its crew being like the others."""

ALIKE = (0.6, 1.6)
"""Times the median of the race within which a loss is that of a stop, and not a repair."""


def under_green(view: View) -> Ints:
    """Return row and in-lap of the stops with no caution on in- or out-lap, shape (k, 2)."""
    lap = view.stops[:, LAP, None]
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    under = (first <= lap + 1) & ((last >= lap) | (last < 0))
    return np.asarray(view.stops[~under.any(axis=1)][:, [CAR, LAP]])


def in_laps(view: View) -> Bools:
    """Return which laps of which car are in-laps, shape (cars, lap + 1)."""
    found = np.zeros(view.at.shape, bool)
    known = view.stops[view.stops[:, LAP] <= view.lap]
    found[known[:, CAR], known[:, LAP]] = True
    return found


def timed(view: View) -> tuple[Ints, Floats]:
    """Return row and loss [s] of the newest green stops whose out-lap is over, in order.

    Losses are NaN where a lap is missing; some are repairs.
    """
    row, lap = under_green(view)[-NEWEST:].T
    over = lap < view.lap
    row, lap = row[over], lap[over]
    both = view.time[row, lap], view.time[row, lap + 1]
    pace = _median(view, row, np.arange(view.lap + 1) < lap[:, None])
    there = (both[0] > 0) & (both[1] > 0)
    return row, np.where(there, both[0] + both[1] - 2 * pace, np.nan) / 1000


def losses(view: View) -> Floats:
    """Return what each of the newest ordinary green stops cost [s], in order."""
    return ordinary(timed(view)[1])


def crews(view: View) -> Floats:
    """Return how much longer than the others' each car's green stops took [s], shape (cars,).

    Half of it after `K_CREW` stops, for one may have been a mishap.
    """
    row, loss = timed(view)
    off = np.clip(loss - np.median(ordinary(loss)) if len(ordinary(loss)) else loss, -5, 5)
    known = ~np.isnan(off)
    total, n = np.zeros(len(view.cars)), np.zeros(len(view.cars))
    np.add.at(total, row[known], off[known])
    np.add.at(n, row[known], 1)
    return total / (n + K_CREW)


def ordinary(loss: Floats) -> Floats:
    """Return the losses that are known, and stops: no repairs or drive-throughs."""
    loss = loss[(loss > LOSSES[0]) & (loss < LOSSES[1])]
    middle = np.median(loss) if len(loss) else 0.0
    return np.asarray(loss[(loss > ALIKE[0] * middle) & (loss < ALIKE[1] * middle)])


def pace(view: View, rows: Ints) -> Floats:
    """Return the lap time of each car [ms]: of its last green laps, else of the field's.

    NaN for all if nobody has run a green lap.
    """
    found = _median(view, rows, np.ones(view.lap + 1, bool))
    known = ~np.isnan(found)
    of_field = np.median(found[known]) if known.any() else np.nan
    return np.where(known, found, of_field)


def _median(view: View, rows: Ints, before: Bools) -> Floats:
    raced = view.green[rows] & (view.time[rows] > 0) & before
    return median(tail(view.time[rows], raced, RECENT), (RECENT,))[:, 0]


def worn(view: View) -> Floats:
    """Return what each green stop says a lap on the tyres adds to a lap time [s].

    By how much the laps after it were faster than those before, over the laps of the stint;
    within a stint fuel burns off, and hides it.
    """
    row, lap = under_green(view).T
    columns = np.arange(view.lap + 1)
    before = _median(view, row, (columns < lap[:, None]) & (columns > lap[:, None] - 6))
    after = _median(view, row, (columns > lap[:, None] + 1) & (columns < lap[:, None] + 7))
    same = (view.stops[:, CAR] == row[:, None]) & (view.stops[:, LAP] < lap[:, None])
    age = lap - np.where(same, view.stops[:, LAP], 0).max(axis=1, initial=0)
    found = (before - after) / 1000 / np.maximum(age, 1)
    return np.asarray(np.clip(found[(age >= STINT) & ~np.isnan(found)], -0.3, 0.3))

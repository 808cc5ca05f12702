"""What new tyres gave at each green stop: the laps before it against the laps after.

Within a stint fuel burns off and the track changes while tyres age, and at some tracks laps
get faster all the same; at a stop only the tyres are new.
"""

from __future__ import annotations

import numpy as np

from pitlive.numerics import NEVER, Floats, Ints
from pitlive.race.forecasting.timed_stops import before, full
from pitlive.race.forecasting.view import CAR, LAP, View

LAPS = 5
"""Green laps looked at on either side of a stop."""

FEWEST = 3
"""Of these, how many have to be there."""

YOUNGER = 8.0
"""Laps by which the tyres have to be younger afterwards: less is a ratio of noise."""

TROUBLE = 0.1
"""Share of a lap that no tyres are worth: that was damage, or traffic in the pits."""


def gains(view: View) -> Floats:
    """Return when the in-lap of each full green stop began [ms], and the falloff [s/lap].

    Returns:
        Shape (k, 2); stops that are too near, or too soon after another, are left out.
    """
    done = view.done[full(view)]
    row, lap = done[:, CAR], done[:, LAP]
    since = before(view, row, lap)
    old, when_old = _pace(view, row, lap[:, None] + np.arange(-LAPS, 0), since[:, None] + 1)
    new, when_new = _pace(view, row, lap[:, None] + np.arange(2, LAPS + 2), lap[:, None] + 1)
    younger = (when_old - since) - (when_new - lap)
    raced = (younger > YOUNGER) & (abs(old - new) < TROUBLE * old)
    falloff = (old[raced] - new[raced]) / 1000 / younger[raced]
    return np.column_stack((view.at[row, np.clip(lap - 1, 0, view.lap)][raced], falloff))


def _pace(view: View, row: Ints, laps: Ints, later_than: Ints) -> tuple[Floats, Floats]:
    """Return median and mean lap of the green laps among some, NaN where they are too few."""
    there = (laps > later_than) & (laps > 0) & (laps <= view.lap)
    at = np.where(there, laps, 0)
    raced = there & view.green[row[:, None], at] & (view.time[row[:, None], at] > 0)
    n = raced.sum(axis=1)
    enough = n >= FEWEST
    times = np.sort(np.where(raced, view.time[row[:, None], at], NEVER), axis=1)
    n, every = np.maximum(n, 1), np.arange(len(row))
    median = (times[every, (n - 1) // 2] / 2) + (times[every, n // 2] / 2)
    mean = (laps * raced).sum(axis=1) / n
    return np.where(enough, median, np.nan), np.where(enough, mean, np.nan)

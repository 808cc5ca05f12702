"""Stints of one car: its laps between two stops."""

from __future__ import annotations

import numpy as np

from pitlive.stats import NEVER, Floats, Ints

NAMES = ("first_lap", "last_lap", "laps", "green_laps", "mean_ms", "best_ms")


def stints(into: Ints, done: int, time: Ints, green: Ints) -> Floats:
    """Return the figures of each stint.

    Args:
        into: In-lap of each stop in order, -1 not known yet, shape (n,).
        done: Laps that the car has completed.
        time: Its lap times [ms], 0 unknown, shape (laps,); lap 0 is none.
        green: 1 for a green lap, else 0, same shape.

    Returns:
        In the order of `NAMES`, NaN unknown, shape (n + 1, 6). The last stint is the
        running one; its last lap is the newest.

    >>> times = np.array([0, 16, 15, 17, 40, 18])
    >>> stints(np.array([4]), 5, times, np.array([0, 1, 1, 1, 0, 1])).tolist()
    [[1.0, 4.0, 4.0, 3.0, 16.0, 15.0], [5.0, 5.0, 1.0, 1.0, 18.0, 18.0]]
    """
    ends = np.maximum.accumulate(np.where(into >= 0, into, done + 1))
    first = np.concatenate(([1], ends + 1))
    last = np.minimum(np.concatenate((ends, [done])), done)
    laps = np.maximum(last - first + 1, 0)
    begin, end = np.minimum(first, len(time)), np.minimum(first + laps, len(time))
    count = _summed(green, begin, end)
    total = _summed(green * time, begin, end)
    best = _smallest(np.where(time > 0, time, NEVER), begin, end)
    out = np.empty((len(first), len(NAMES)))
    out[:, 0], out[:, 2], out[:, 3] = first, laps, count
    out[:, 1] = np.where(laps > 0, last, np.nan)
    out[:, 4] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    out[:, 5] = np.where(best < NEVER, best, np.nan)
    return out


def _summed(values: Ints, begin: Ints, end: Ints) -> Ints:
    """Sums over [begin, end), which begin at 1 or later."""
    total = values.cumsum()
    return np.asarray(total[end - 1] - total[begin - 1])


def _smallest(values: Ints, begin: Ints, end: Ints) -> Ints:
    """Minima over [begin, end), `NEVER` where that is empty."""
    bounds = np.column_stack((begin, end)).ravel()
    low = np.minimum.reduceat(np.append(values, NEVER), bounds)[::2]
    return np.where(end > begin, low, NEVER)

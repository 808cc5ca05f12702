"""Stints of one car: its laps between two stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

import numpy as np

from pitlive.numerics import NEVER, Bools, Floats, Ints

NAMES = ("first_lap", "last_lap", "laps", "green_laps", "mean_ms", "best_ms")


def stints(into: Iterable[int], done: int, time: Ints, green: Bools) -> Floats:
    """Return the figures of each stint.

    Args:
        into: In-lap of each of n stops in order, -1 not known yet.
        done: Laps that the car has completed.
        time: Its lap times [ms], 0 unknown, shape (laps,); lap 0 is none.
        green: Which laps are green, same shape.

    Returns:
        In the order of `NAMES`, NaN unknown, shape (n + 1, 6). The last stint is the
        running one; its last lap is the newest.

    >>> times = np.array([0, 16, 15, 17, 40, 18])
    >>> stints([4], 5, times, np.array([0, 1, 1, 1, 0, 1], bool)).tolist()
    [[1.0, 4.0, 4.0, 3.0, 16.0, 15.0], [5.0, 5.0, 1.0, 1.0, 18.0, 18.0]]
    """
    bounds = list(_bounds(into, done))
    run = [(first, last) for first, last in bounds if first <= last]
    begin = np.array([first for first, _ in run], np.int64)
    count = np.add.reduceat(green, begin, dtype=np.int64).tolist()
    total = np.add.reduceat(green * time, begin).tolist()
    best = np.minimum.reduceat(np.where(time > 0, time, NEVER), begin).tolist()
    figures = dict(zip(run, zip(count, total, best, strict=True), strict=True))
    return np.array([_stint(*laps, *figures.get(laps, _NO_LAPS)) for laps in bounds])


_NO_LAPS = (0, 0, NEVER)


def _bounds(into: Iterable[int], done: int) -> Iterator[tuple[int, int]]:
    """First and last lap of each stint; those that have laps follow each other without a hole."""
    first = 1
    for end in (*accumulate((lap if lap >= 0 else done + 1 for lap in into), max), done):
        yield first, min(end, done)
        first = end + 1


def _stint(first: int, last: int, green: int, total: int, best: int) -> tuple[float, ...]:
    """Figures in the order of `NAMES`."""
    laps = max(last - first + 1, 0)
    return (
        first,
        last if laps else np.nan,
        laps,
        green,
        total / green if green else np.nan,
        best if best < NEVER else np.nan,
    )

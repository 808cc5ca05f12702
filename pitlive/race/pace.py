"""Rolling pace: mean and median of a car's last green laps."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.mean import mean
from pitlive.numerics.median import median
from pitlive.numerics.tail import tail

WINDOWS = (5, 10, 20)
"""How many green laps are averaged."""

NAMES = (*(f"mean{n}_ms" for n in WINDOWS), *(f"median{n}_ms" for n in WINDOWS))


def pace(time: Ints, green: Bools) -> tuple[Floats, Ints]:
    """Return mean and median of the last 5, 10 and 20 green laps, and how many there were.

    Args:
        time: Lap times [ms], shape (cars, laps).
        green: Which laps are green, same shape.

    Returns:
        In the order of `NAMES` [ms], NaN without a green lap, shape (cars, 6); and the
        number of green laps, at most 20, shape (cars,).

    >>> figures, n = pace(np.array([[16, 17, 99]]), np.array([[True, True, False]]))
    >>> figures[0].tolist(), n.tolist()
    ([16.5, 16.5, 16.5, 16.5, 16.5, 16.5], [2])
    """
    last = tail(time, green, WINDOWS[-1])
    figures = np.concatenate((mean(last, WINDOWS), median(last, WINDOWS)), axis=1)
    return figures, (last == last).sum(axis=1)

"""Mean of the newest values, over several windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.tail import kept


def mean(values: Floats, windows: Sequence[int]) -> Floats:
    """Return the mean of the last n values of each row, for each window n.

    Whole numbers below 2**53 in sum give the same bits in any order of summing.

    Windows are short, and of so few values Python is faster than numpy.

    Args:
        values: As `tail` returns them: newest last, NaN only on the left, shape (rows, m).
        windows: How many of them to average, each from 1 to m.

    Returns:
        Shape (rows, windows); NaN where a row has nothing.

    >>> mean(np.array([[np.nan, 16.0, 17.0], [np.nan, np.nan, np.nan]]), (1, 3))
    array([[17. , 16.5],
           [ nan,  nan]])
    """
    rows = kept(values)
    means = [[_mean(row[-n:]) for n in windows] for row in rows]
    return np.array(means).reshape(len(rows), len(windows))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else np.nan

"""Median of the newest values, over several windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.tail import kept


def median(values: Floats, windows: Sequence[int]) -> Floats:
    """Return the median of the last n values of each row, for each window n.

    Windows are short, and of so few values Python is faster than numpy.

    Args:
        values: As `tail` returns them: newest last, NaN only on the left, shape (rows, m).
        windows: How many of them to look at, each from 1 to m.

    Returns:
        Shape (rows, windows); NaN where a row has nothing.

    >>> median(np.array([[np.nan, 16.0, 17.0], [3.0, 1.0, 2.0]]), (1, 3))
    array([[17. , 16.5],
           [ 2. ,  2. ]])
    """
    rows = kept(values)
    medians = [[_median(sorted(row[-n:])) for n in windows] for row in rows]
    return np.array(medians).reshape(len(rows), len(windows))


def _median(ordered: list[float]) -> float:
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2.0 if n else np.nan

"""Median of the newest values, over several windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.stats import Floats


def median(values: Floats, windows: Sequence[int]) -> Floats:
    """Return the median of the last n values of each row, for each window n.

    Args:
        values: As `tail` returns them: newest last, NaN only on the left, shape (rows, m).
        windows: How many of them to look at, each from 1 to m.

    Returns:
        Shape (rows, windows); NaN where a row has nothing.

    >>> median(np.array([[np.nan, 16.0, 17.0], [3.0, 1.0, 2.0]]), (1, 3))
    array([[17. , 16.5],
           [ 2. ,  2. ]])
    """
    rows, out = np.arange(len(values)), np.empty((len(values), len(windows)))
    filled = np.count_nonzero(values == values, axis=1)
    for at, n in enumerate(windows):
        ordered = np.sort(values[:, -n:], axis=1)
        count = np.minimum(filled, n)
        low, high = np.maximum(count - 1, 0) >> 1, np.minimum(count >> 1, n - 1)
        out[:, at] = (ordered[rows, low] + ordered[rows, high]) / 2.0
    return out

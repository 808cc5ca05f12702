"""Median of the newest values, over several windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.stats import Floats, Ints


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
    out = np.empty((len(values), len(windows)))
    filled = (values == values).sum(axis=1)
    every = filled.min(initial=values.shape[1])
    for at, n in enumerate(windows):
        ordered = np.sort(values[:, -n:], axis=1)
        if every >= n:
            out[:, at] = (ordered[:, (n - 1) // 2] + ordered[:, n // 2]) / 2.0
        else:
            out[:, at] = _middle(ordered, np.minimum(filled, n))
    return out


def _middle(ordered: Floats, count: Ints) -> Floats:
    """Median of the first `count` values of each row, which are in order."""
    rows = np.arange(len(ordered))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, ordered.shape[1] - 1)
    return np.asarray((ordered[rows, low] + ordered[rows, high]) / 2.0)

"""Median of the values that are there."""

from __future__ import annotations

import numpy as np

from pitlive.stats import Floats


def median(values: Floats) -> Floats:
    """Return the median of each row, NaN skipped; NaN where a row has nothing.

    Args:
        values: Shape (rows, n), NaN is absent.

    >>> median(np.array([[np.nan, 16.0, 17.0], [3.0, 1.0, 2.0]]))
    array([16.5,  2. ])
    """
    ordered = np.sort(values, axis=1)
    count = (values == values).sum(axis=1)
    row = np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, values.shape[1] - 1)
    return np.asarray((ordered[row, low] + ordered[row, high]) / 2.0)

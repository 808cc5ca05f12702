"""Mean of the values that are there."""

from __future__ import annotations

import numpy as np

from pitlive.stats import Floats


def mean(values: Floats) -> Floats:
    """Return the mean of each row, NaN skipped; NaN where a row has nothing.

    Whole numbers below 2**53 in sum give the same bits in any order of summing.

    Args:
        values: Shape (rows, n), NaN is absent.

    >>> mean(np.array([[np.nan, 16.0, 17.0], [np.nan, np.nan, np.nan]]))
    array([16.5,  nan])
    """
    there = values == values
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)

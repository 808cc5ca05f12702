"""Absolute error, whose mean is the MAE."""

from __future__ import annotations

from pitlive.numerics import Floats


def absolute_error(predicted: Floats, observed: Floats) -> Floats:
    """Return how far what was said is from what came, NaN where that is unknown.

    >>> import numpy as np
    >>> absolute_error(np.array([3.0]), np.array([5.0])).tolist()
    [2.0]
    """
    return abs(predicted - observed)

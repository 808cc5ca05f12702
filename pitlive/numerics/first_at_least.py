"""When a series first reaches a bound."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Ints


def first_at_least(values: Ints, bounds: Ints, start: Ints) -> Ints:
    """Return, per bound, the first column from `start` on whose value reaches it; -1 if none.

    Args:
        values: One series, shape (columns,).
        bounds: What is to be reached, shape (n,).
        start: First column to look at, shape (n,).

    >>> first_at_least(np.array([-1, 16, 32, 48]), np.array([20, 16, 99]), np.array([0, 2, 0]))
    array([ 2,  2, -1])
    """
    reached = values >= bounds[:, None]
    reached &= np.arange(len(values)) >= start[:, None]
    first = reached.argmax(axis=1)
    return np.where(reached[np.arange(len(bounds)), first], first, -1)

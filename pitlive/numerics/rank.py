"""Ranks down each column."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Ints


def rank(keys: Ints) -> Ints:
    """Return the rank of each key within its column, from 1, smallest first; keys differ.

    Args:
        keys: Shape (rows, columns), no two equal in a column.

    >>> rank(np.array([[30, 5], [10, 6], [20, 4]]))
    array([[3, 2],
           [1, 3],
           [2, 1]])
    """
    order = keys.argsort(axis=0)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, len(keys) + 1)[:, None], axis=0)
    return ranks

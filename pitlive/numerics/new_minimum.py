"""Which values are smaller than everything before them."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import NEVER, Bools, Ints


def new_minimum(values: Ints, mask: Bools) -> Bools:
    """Return which values that count are smaller than all that counted before, per row.

    Args:
        values: Shape (rows, columns).
        mask: Which of them count, same shape.

    >>> new_minimum(np.array([[16, 15, 15, 14]]), np.ones((1, 4), bool))
    array([[ True,  True, False,  True]])
    """
    low = np.minimum.accumulate(np.where(mask, values, NEVER), axis=1)
    new = mask.copy()
    new[:, 1:] &= low[:, 1:] < low[:, :-1]
    return new

"""Where each row is smallest."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import NEVER, Bools, Ints


def first_minimum(values: Ints, mask: Bools) -> Ints:
    """Return the column of the smallest value that counts, the first of equals; -1 if none.

    Args:
        values: Shape (rows, columns).
        mask: Which of them count, same shape.

    >>> first_minimum(np.array([[0, 16, 15, 15]]), np.array([[False, True, True, True]]))
    array([2])
    """
    column = np.where(mask, values, NEVER).argmin(axis=1)
    return np.where(mask.any(axis=1), column, -1)

"""Where each row is true for the last time."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Bools, Ints


def last_true(mask: Bools) -> Ints:
    """Return the last column of each row that is true; -1 if none.

    Args:
        mask: Shape (rows, columns).

    >>> last_true(np.array([[True, True, False], [False, False, False]]))
    array([ 1, -1])
    """
    column = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
    return np.where(mask.any(axis=1), column, -1)

"""The last n values that count, per row."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Bools, Floats, Ints


def tail(values: Ints, mask: Bools, n: int) -> Floats:
    """Return the last n values of each row that count, newest last.

    Args:
        values: Shape (rows, columns).
        mask: Which of them count, same shape.
        n: How many to keep.

    Returns:
        Shape (rows, n), right-aligned; NaN on the left where there are fewer.

    >>> tail(np.array([[5, 6, 7, 8]]), np.array([[True, True, False, True]]), 2)
    array([[6., 8.]])
    """
    out = np.full((len(mask), n), np.nan)
    for row, counts, into in zip(values, mask, out, strict=True):
        last = row[counts][-n:]
        into[n - len(last) :] = last
    return out


def kept(last: Floats) -> list[list[float]]:
    """Return the values of each row of a tail, without the NaN on their left.

    >>> kept(np.array([[np.nan, 16.0, 17.0]]))
    [[16.0, 17.0]]
    """
    return [[value for value in row if value == value] for row in last.tolist()]

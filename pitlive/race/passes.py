"""Passes for position, counted at the line."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Bools, Ints

AT_ONCE = 128
"""Laps compared in one go: bounds memory at 128 x 256 x 256 pairs."""


def passes(before: Ints, after: Ints, counts: Bools) -> tuple[Ints, Ints]:
    """Return how many cars each car passed on each lap, and how many passed it.

    Args:
        before: Places on the laps before, from 1, shape (cars, laps).
        after: Places on the laps, same shape.
        counts: Whether the car completed both laps, this one under green, same shape.

    Returns:
        Passes made and passes suffered, both of that shape.

    >>> yes = np.ones((2, 1), bool)
    >>> passes(np.array([[2], [1]]), np.array([[1], [2]]), yes)
    (array([[1],
           [0]]), array([[0],
           [1]]))
    """
    made, suffered = np.empty(before.shape, np.int64), np.empty(before.shape, np.int64)
    for first in range(0, before.shape[1], AT_ONCE):
        part = slice(first, first + AT_ONCE)
        was = (before[:, part] * counts[:, part]).T.astype(np.int16, order="C")
        now = (after[:, part] * counts[:, part]).T.astype(np.int16, order="C")
        passed = was[:, :, None] > was[:, None, :]
        passed &= now[:, :, None] < now[:, None, :]
        made[:, part] = passed.sum(axis=2, dtype=np.int16).T
        suffered[:, part] = passed.sum(axis=1, dtype=np.int16).T
    return made, suffered

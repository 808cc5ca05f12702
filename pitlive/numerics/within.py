"""Which spans of time lie wholly within given intervals."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Bools, Ints


def within(start: Ints, end: Ints, starts: Ints, ends: Ints) -> Bools:
    """Return which spans [start, end) lie within one of the intervals [starts, ends).

    Args:
        start, end: Bounds of the spans, any one shape.
        starts, ends: Bounds of the intervals, shape (n,), rising and disjoint.

    >>> within(np.array([5, 5, 0]), np.array([9, 11, 4]), np.array([1]), np.array([10]))
    array([ True, False, False])
    """
    if not len(starts):
        return np.zeros(start.shape, bool)
    which = starts.searchsorted(start, side="right") - 1
    return np.asarray((which >= 0) & (end <= ends[which]))

"""How far a series had come at a given time."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Ints


def reached(times: Ints, at: Ints) -> Ints:
    """Return, per moment, the highest column whose time is not after it; -1 if none.

    Args:
        times: When each column was reached, `NEVER` if not, shape (columns,). Need not rise.
        at: Moments, shape (n,).

    >>> reached(np.array([0, 16, 32]), np.array([20, 32, -1]))
    array([ 1,  2, -1])
    """
    still_to_come = np.minimum.accumulate(times[::-1])[::-1]
    return still_to_come.searchsorted(at, side="right") - 1

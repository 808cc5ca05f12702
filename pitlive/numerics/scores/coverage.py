"""Coverage: how often what came lay inside the band."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats


def coverage(low: Floats, high: Floats, observed: Floats) -> Floats:
    """Return 1 where what came lies in the band, 0 where outside, its ends being inside.

    Args:
        low, high: Ends of the band, any shape.
        observed: What came, NaN unknown, same shape.

    >>> coverage(np.array([1.0, 1.0]), np.array([2.0, 2.0]), np.array([1.5, 3.0])).tolist()
    [1.0, 0.0]
    """
    inside = ((observed >= low) & (observed <= high)).astype(np.float64)
    return np.where(np.isnan(observed), np.nan, inside)

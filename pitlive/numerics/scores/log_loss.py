"""Log loss: how surprised a forecast of a chance was."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats

CLIP = 1e-6
"""A forecast that was certain and wrong costs 13.8, not infinity."""


def log_loss(chance: Floats, observed: Floats) -> Floats:
    """Return −log of the chance that was given to what came.

    Args:
        chance: Forecast chances, clipped to [1e-6, 1 − 1e-6], any shape.
        observed: 1 where it came true, 0 where not, NaN unknown, same shape.

    Source:
        Good (1952), Rational decisions.

    >>> log_loss(np.array([0.5, 0.0]), np.array([1.0, 1.0])).round(4).tolist()
    [0.6931, 13.8155]
    """
    p = np.clip(chance, CLIP, 1 - CLIP)
    return -(observed * np.log(p) + (1 - observed) * np.log1p(-p))

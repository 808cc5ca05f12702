"""Pinball loss: the score of a quantile."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats


def pinball(quantiles: Floats, observed: Floats, levels: Floats) -> Floats:
    """Return the loss of each quantile.

    Args:
        quantiles: What was forecast, shape (..., levels).
        observed: What came, NaN unknown, shape (...).
        levels: Level of each quantile, shape (levels,).

    Source:
        Koenker and Bassett (1978), Regression quantiles.

    >>> pinball(np.array([[10.0, 12.0]]), np.array([11.0]), np.array([0.1, 0.9])).round(3).tolist()
    [[0.1, 0.1]]
    """
    short = np.asarray(observed)[..., None] - quantiles
    return np.maximum(levels * short, (levels - 1) * short)

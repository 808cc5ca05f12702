"""Continuous ranked probability score, from quantiles."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.numerics.scores.pinball import pinball


def crps(quantiles: Floats, observed: Floats, levels: Floats = LEVELS) -> Floats:
    """Return twice the mean pinball loss over the levels, which tends to the CRPS.

    A point forecast has all quantiles equal and scores its absolute error, if the levels
    lie evenly about the middle.

    Args:
        quantiles: Shape (..., levels).
        observed: What came, NaN unknown, shape (...).
        levels: Level of each quantile, shape (levels,).

    Source:
        Gneiting and Ranjan (2011), Comparing density forecasts, equation 11.

    >>> crps(np.full((1, 19), 3.0), np.array([5.0])).round(6).tolist()
    [2.0]
    """
    return np.asarray(2 * pinball(quantiles, observed, levels).mean(axis=-1))

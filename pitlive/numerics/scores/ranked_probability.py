"""Ranked probability score of a distribution over places."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats


def ranked_probability(chances: Floats, observed: Floats) -> Floats:
    """Return the sum of squared differences of the cumulative chances; in places.

    For a certain forecast that is the absolute error in places.

    Args:
        chances: Chance of each place from 1, shape (..., places); a row adds up to 1.
        observed: The place that came, NaN unknown, shape (...).

    Source:
        Epstein (1969), A scoring system for probability forecasts of ranked categories.

    >>> ranked_probability(np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([4.0])).tolist()
    [2.0]
    """
    places = np.arange(1, chances.shape[-1] + 1)
    stood = np.asarray(observed)[..., None]
    step = np.where(np.isnan(stood), np.nan, places >= stood)
    return np.asarray(((chances.cumsum(axis=-1) - step) ** 2).sum(axis=-1))

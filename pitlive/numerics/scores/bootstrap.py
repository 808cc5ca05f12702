"""Intervals by drawing whole races anew: races, not laps, are the sample."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats

DRAWS = 2000
"""Enough for the ends of a 95 % interval to hold two digits."""


class Interval(NamedTuple):
    """A mean and the interval that 95 % of the draws fall into."""

    mean: float
    low: float
    high: float


def bootstrap(total: Floats, n: Floats, draws: int = DRAWS, seed: int = 1) -> Interval:
    """Return the mean per forecast with its 95 % interval, clustered by race.

    Args:
        total: Sum of a score, or of a difference of scores, of each race, shape (races,).
        n: Forecasts of each race, same shape.
        draws: How often races are drawn.
        seed: The same seed, the same interval.

    Source:
        Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with
        clustered errors: pairs cluster bootstrap, percentiles.

    >>> bootstrap(np.array([2.0, 2.0]), np.array([1.0, 1.0]))
    Interval(mean=2.0, low=2.0, high=2.0)
    """
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(total), (draws, len(total)))
    with np.errstate(invalid="ignore", divide="ignore"):  # a draw may hold no forecast
        means = total[drawn].sum(axis=1) / n[drawn].sum(axis=1)
        mean = total.sum() / n.sum()
    low, high = np.nanpercentile(means, [2.5, 97.5]) if n.sum() else (np.nan, np.nan)
    return Interval(float(mean), float(low), float(high))

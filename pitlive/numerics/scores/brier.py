"""Brier score of a chance, and its parts after Murphy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores.reliability import reliability


def brier(chance: Floats, observed: Floats) -> Floats:
    """Return the squared error of each chance.

    Args:
        chance: Forecast chances, any shape.
        observed: 1 where it came true, 0 where not, NaN unknown, same shape.

    Source:
        Brier (1950), Verification of forecasts expressed in terms of probability.

    >>> brier(np.array([0.8, 0.8]), np.array([1.0, 0.0])).round(2).tolist()
    [0.04, 0.64]
    """
    return (chance - observed) ** 2


class BrierParts(NamedTuple):
    """Brier = reliability − resolution + uncertainty + within, exactly.

    Attributes:
        reliability: Squared distance of what was said from what came, by bin; 0 is best.
        resolution: How far what came differs between bins; more is better.
        uncertainty: What the base rate alone scores.
        within: What is left of the bins not being of one forecast each.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def parts(chance: Floats, observed: Floats, bins: int = 10) -> BrierParts:
    """Return Murphy's parts over bins of equal count.

    Source:
        Murphy (1973), A new vector partition of the probability score; `within` after
        Stephenson, Coelho and Jolliffe (2008).

    >>> found = parts(np.array([0.2, 0.2, 0.7, 0.7]), np.array([0, 0, 1, 1.0]), 2)
    >>> round(found.reliability, 3), found.resolution, found.uncertainty
    (0.065, 0.25, 0.25)
    """
    of = reliability(chance, observed, bins)
    share, rate = of.n / of.n.sum(), float(np.nanmean(observed))
    scored = float(np.nanmean(brier(chance, observed)))
    calibration = float((share * (of.predicted - of.observed) ** 2).sum())
    resolution = float((share * (of.observed - rate) ** 2).sum())
    uncertainty = rate * (1 - rate)
    return BrierParts(
        calibration, resolution, uncertainty, scored - calibration + resolution - uncertainty
    )

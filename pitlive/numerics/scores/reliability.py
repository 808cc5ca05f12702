"""Reliability: of what was given a chance of a third, did a third come true?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats, Ints


class Reliability(NamedTuple):
    """Bins in order of the chance said, each of shape (bins,).

    Attributes:
        predicted: Mean chance said.
        observed: Share that came true.
        n: Forecasts in the bin.
    """

    predicted: Floats
    observed: Floats
    n: Ints

    @property
    def error(self) -> float:
        """Mean distance of what was said from what came, weighted by forecasts."""
        return float((self.n * abs(self.predicted - self.observed)).sum() / self.n.sum())


def reliability(chance: Floats, observed: Floats, bins: int = 10) -> Reliability:
    """Return bins of equal count, as far as there are that many forecasts.

    Args:
        chance: Forecast chances, shape (n,).
        observed: 1 where it came true, 0 where not, NaN unknown, shape (n,).
        bins: How many.

    Source:
        Bröcker and Smith (2007), Increasing the reliability of reliability diagrams.

    >>> reliability(np.array([0.9, 0.1, 0.2, 0.8]), np.array([1, 0, 0, 1.0]), 2).observed.tolist()
    [0.0, 1.0]
    """
    known = ~np.isnan(observed) & ~np.isnan(chance)
    chance, observed = chance[known], observed[known]
    order = np.argsort(chance, kind="stable")
    groups = [g for g in np.array_split(order, bins) if len(g)]
    predicted, rate = ([of[g].mean() for g in groups] for of in (chance, observed))
    return Reliability(np.array(predicted), np.array(rate), np.array([len(g) for g in groups]))

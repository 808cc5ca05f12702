"""Reliability: of what was given a chance of a third, did a third come true?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats, Ints


class Reliability(NamedTuple):
    """Bins in order of the chance said, each of shape (bins,).

    Attributes:
        said: Mean chance said.
        came: Share that came true.
        n: Forecasts in the bin.
    """

    said: Floats
    came: Floats
    n: Ints

    @property
    def error(self) -> float:
        """Mean distance of what was said from what came, weighted by forecasts."""
        return float((self.n * abs(self.said - self.came)).sum() / self.n.sum())


def reliability(chance: Floats, came: Floats, bins: int = 10) -> Reliability:
    """Return bins of equal count, as far as there are that many forecasts.

    Args:
        chance: Forecast chances, shape (n,).
        came: 1 where it came true, 0 where not, NaN unknown, shape (n,).
        bins: How many.

    Source:
        Bröcker and Smith (2007), Increasing the reliability of reliability diagrams.

    >>> reliability(np.array([0.9, 0.1, 0.2, 0.8]), np.array([1, 0, 0, 1.0]), 2).came.tolist()
    [0.0, 1.0]
    """
    known = ~np.isnan(came) & ~np.isnan(chance)
    chance, came = chance[known], came[known]
    order = np.argsort(chance, kind="stable")
    groups = [g for g in np.array_split(order, bins) if len(g)]
    said, rate = ([of[g].mean() for g in groups] for of in (chance, came))
    return Reliability(np.array(said), np.array(rate), np.array([len(g) for g in groups]))

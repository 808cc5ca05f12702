"""From a score to a distribution: what came in history where the score was like this one.

A regression says which cars will gain and which lose; how much of that comes true, how
widely it scatters and how askew is read from history, bin by bin, so the bands are right
without a bell curve being assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.fits.least_absolute import least_absolute
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting.protocol import Prior

EDGES = np.array([0.01, 0.03, 0.08, 0.2, 0.4, 0.6, 0.8, 0.92, 0.97, 0.99])
"""Shares of history below the bounds of the bins: narrow where something is about to happen."""

FeaturesAndOutcome = tuple[Floats, Floats]
"""Circumstances, shape (n, k), and what came, shape (n,)."""

FEWEST = 400
"""Cases without which a regime is not fitted, and the next wider one speaks."""

ANY = " any"
"""How the regime ends that a family falls back on, before another family is asked."""

OWN = 100
"""Cases without which that is not fitted."""


def fit(x: Floats, y: Floats, clip: float) -> Prior:
    """Learn a score and its bins.

    Args:
        x: Circumstances, shape (n, k).
        y: What came, shape (n,).
        clip: Size beyond which what came says nothing more about the score.

    Returns:
        `slope`, shape (k,); `bounds`, shape (10,); `quantiles` at `LEVELS`, shape (11, 19).
    """
    slope = least_absolute(x, np.clip(y, -clip, clip), bound=clip / 12)
    score = x @ slope
    bounds = np.quantile(score, EDGES)
    bins = np.digitize(score, bounds)
    every = [y[bins == n] for n in range(len(bounds) + 1)]
    quantiles = [np.quantile(of if len(of) else y, LEVELS, method="inverted_cdf") for of in every]
    return {"slope": slope, "bounds": bounds, "quantiles": np.array(quantiles)}


def quantiles(x: Floats, prior: Prior) -> Floats:
    """Return the quantiles of what will come, shape (n, 19)."""
    bins = np.digitize(x @ prior["slope"], prior["bounds"])
    found: Floats = prior["quantiles"][bins]
    return found


def joined(cases: Sequence[FeaturesAndOutcome], wide: int) -> FeaturesAndOutcome:
    """Return cases of `wide` circumstances as one, be there none.

    >>> [part.shape for part in joined([], 3)]
    [(0, 3), (0,)]
    """
    x, y = ([case[n] for case in cases] for n in (0, 1))
    return np.concatenate([np.empty((0, wide)), *x]), np.concatenate([np.empty(0), *y])


def regimes(cases: Mapping[str, Sequence[FeaturesAndOutcome]], clip: float) -> dict[str, Prior]:
    """Fit every regime that history has enough of; the last resort however little there is.

    Args:
        cases: Regime → circumstances and what came, of each race.
        clip: As for `fit`.
    """
    whole = {
        name: (np.concatenate([x for x, _ in of]), np.concatenate([y for _, y in of]))
        for name, of in cases.items()
    }
    return {
        name: fit(x, y, clip)
        for name, (x, y) in whole.items()
        if len(y) >= (OWN if name.endswith(ANY) else FEWEST if name else 1)
    }

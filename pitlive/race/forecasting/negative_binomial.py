"""How often something will happen when its rate is uncertain: the negative binomial."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats


def chances(shape: Floats, odds: Floats, counts: int) -> Floats:
    """Return the chance of each count from 0; the last is that count or more.

    Args:
        shape: Events already seen, as it were, positive, shape (n,).
        odds: Exposure to come over exposure already seen, shape (n,); the mean count is
            shape × odds, and with a large shape the distribution is Poisson's.
        counts: How many to tell apart.

    Returns:
        Shape (n, counts); rows add up to 1.

    Source:
        Greenwood and Yule (1920): Poisson counts whose rate follows a gamma distribution.

    >>> chances(np.array([1.0]), np.array([1.0]), 3)
    array([[0.5 , 0.25, 0.25]])
    """
    found = np.empty((len(shape), counts))
    found[:, 0] = np.exp(-shape * np.log1p(odds))
    for n in range(1, counts):
        found[:, n] = found[:, n - 1] * (shape + n - 1) / n * odds / (1 + odds)
    found[:, -1] = np.maximum(1 - found[:, :-1].sum(axis=1), 0)
    return found

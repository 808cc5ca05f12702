"""How many of some things will come true, each with a chance of its own."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats


def counts(chance: Floats) -> Floats:
    """Return the chance of each count from 0 to n.

    Args:
        chance: Of each thing, independent of the others, shape (…, n).

    Returns:
        Shape (…, n + 1); adds up to 1.

    Source:
        Poisson (1837), by adding one thing after the other.

    >>> counts(np.array([0.5, 0.5])).tolist()
    [0.25, 0.5, 0.25]
    """
    found = np.zeros((chance.shape[-1] + 1, *chance.shape[:-1]))
    found[0] = 1.0
    for n in range(chance.shape[-1]):
        one = chance[..., n]
        found[1 : n + 2] += one * (found[: n + 1] - found[1 : n + 2])
        found[0] *= 1 - one
    return np.moveaxis(found, 0, -1)

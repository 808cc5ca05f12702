"""Regression on the typical, not the mean: errors beyond a bound count by their size only."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats

STEPS = 8

ALIKE = 1e-12
"""Of the size of values: those that spread by less are all the same, but for rounding."""


def least_absolute(x: Floats, y: Floats, bound: float = 1.0, ridge: float = 20.0) -> Floats:
    """Return the coefficients that make |y − x b| small, its square below the bound.

    Args:
        x: Circumstances, shape (n, k).
        y: What came, shape (n,).
        bound: Error from which on a miss counts by its size.
        ridge: Penalty on the squares of the coefficients of standardised circumstances.

    Returns:
        Coefficients, shape (k,).

    Source:
        Huber (1964), by iteratively reweighted least squares.

    >>> x = np.ones((5, 1))
    >>> least_absolute(x, np.array([1.0, 1, 1, 1, 90]), 0.1, 0).round(0)
    array([1.])
    >>> least_absolute(np.full((50, 2), 0.1), np.ones(50), 1).round(2)  # whose std is 1e-17
    array([0.24, 0.24])
    """
    scale = x.std(axis=0)
    scale[scale <= ALIKE * abs(x).max(axis=0, initial=0)] = 1.0
    z, b = x / scale, np.zeros(x.shape[1])
    penalty = ridge * np.eye(len(b))
    for step in range(STEPS):
        weight = 1 / np.maximum(abs(y - z @ b), bound) if step else np.ones(len(y))
        b = np.linalg.solve((z.T * weight) @ z + penalty, (z.T * weight) @ y)
    return np.asarray(b / scale)

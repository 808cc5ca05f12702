"""Conditional logit: which one of several wins, from what each of them is like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats

STEPS, CLOSE = 30, 1e-6


def chances(x: Floats, b: Floats) -> Floats:
    """Return the chance of each to be the one, shape (n,); they add up to 1.

    Args:
        x: What each is like, shape (n, k).
        b: Coefficients, shape (k,).

    >>> chances(np.array([[0.0], [0.0]]), np.array([1.0]))
    array([0.5, 0.5])
    """
    score = x @ b
    e = np.exp(score - score.max(initial=0))
    return np.asarray(e / e.sum())


def choice(cases: Sequence[tuple[Floats, int]], ridge: float = 1.0) -> Floats:
    """Return the coefficients that make the winners of some cases most likely.

    Args:
        cases: What each one is like, shape (n, k), and the row of the winner.
        ridge: Penalty on the squares of the coefficients.

    Returns:
        Coefficients, shape (k,).

    Source:
        McFadden (1974), Conditional logit analysis; Newton's method, penalised.

    >>> x = np.array([[1.0], [0.0]])
    >>> choice([(x, 0), (x, 0), (x, 0), (x, 1)], 1e-9).round(3)
    array([1.099])
    """
    k = cases[0][0].shape[1]
    b = np.zeros(k)
    for _ in range(STEPS):
        slope, curve = -ridge * b, ridge * np.eye(k)
        for x, won in cases:
            p = chances(x, b)
            mean = p @ x
            slope += x[won] - mean
            curve += (x.T * p) @ x - np.outer(mean, mean)
        step = np.linalg.solve(curve, slope)
        b += np.clip(step, -2, 2)
        if abs(step).max() < CLOSE:
            break
    return b

"""Poisson regression with an offset: how a rate depends on its circumstances."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats

STEPS, CLOSE = 50, 1e-8


def poisson(x: Floats, y: Floats, offset: Floats, ridge: float = 1.0) -> Floats:
    """Return the coefficients that make y most likely at the rate exp(offset + x b).

    Args:
        x: Circumstances, shape (n, k).
        y: Counts, shape (n,).
        offset: Logarithm of the rate that is expected without them, shape (n,).
        ridge: Penalty on the squares of the coefficients.

    Returns:
        Coefficients, shape (k,).

    Source:
        Newton's method on the penalised likelihood, as in McCullagh and Nelder (1989).

    >>> poisson(np.ones((4, 1)), np.array([1.0, 3, 2, 2]), np.zeros(4), 1e-9).round(6)
    array([0.693147])
    """
    b = np.zeros(x.shape[1])
    for _ in range(STEPS):
        mean = np.exp(np.clip(offset + x @ b, -30, 30))
        slope = x.T @ (y - mean) - ridge * b
        step = np.linalg.solve((x.T * mean) @ x + ridge * np.eye(len(b)), slope)
        b += step
        if abs(step).max(initial=0) < CLOSE:
            break
    return b

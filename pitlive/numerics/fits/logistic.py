"""Logistic regression: how a chance depends on its circumstances."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats

STEPS, CLOSE = 40, 1e-4


def probability(x: Floats, b: Floats) -> Floats:
    """Return the chance in circumstances x, shape (n, k), by coefficients b, shape (k,)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x @ b, -30, 30))))


def logistic(x: Floats, y: Floats, ridge: float | Floats = 1.0) -> Floats:
    """Return the coefficients that make y most likely.

    Args:
        x: Circumstances, shape (n, k).
        y: 1 where it came true, else 0, shape (n,).
        ridge: Penalty on the squares of the coefficients, one of all or of each, shape (k,).

    Returns:
        Coefficients, shape (k,).

    Source:
        Newton's method on the penalised likelihood, as in McCullagh and Nelder (1989).

    >>> logistic(np.ones((4, 1)), np.array([1.0, 0, 1, 1]), 1e-9).round(2)
    array([1.1])
    """
    b = np.zeros(x.shape[1])
    for _ in range(STEPS):
        chance = probability(x, b)
        slope = x.T @ (y - chance) - ridge * b
        weight = np.maximum(chance * (1 - chance), 1e-6)
        step = np.linalg.solve((x.T * weight) @ x + np.eye(len(b)) * ridge, slope)
        b += np.clip(step, -3, 3)
        if abs(step).max(initial=0) < CLOSE:
            break
    return b

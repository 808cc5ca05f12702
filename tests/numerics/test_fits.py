"""Fits end where no step makes them better, and find what made up the data."""

from __future__ import annotations

import numpy as np
import pytest

from pitlive.numerics.fits.choice import chances, choice
from pitlive.numerics.fits.least_absolute import least_absolute
from pitlive.numerics.fits.poisson import poisson
from pitlive.numerics.scores.coverage import coverage
from pitlive.race.forecasting import binned

RANDOM = np.random.default_rng(11)
X = np.column_stack((np.ones(4000), RANDOM.normal(size=(4000, 2))))
TRUTH = np.array([-0.5, 0.4, -0.3])


def test_a_poisson_fit_finds_the_rates_that_made_the_counts() -> None:
    """With an offset, whose part of the rate is not learnt again."""
    offset = RANDOM.normal(0, 0.2, len(X))
    counts = RANDOM.poisson(np.exp(offset + X @ TRUTH)).astype(float)
    found = poisson(X, counts, offset)
    np.testing.assert_allclose(found, TRUTH, atol=0.06)

    def cost(b: np.ndarray) -> float:
        rate = offset + X @ b
        return float((np.exp(rate) - counts * rate).sum() + 0.5 * (b**2).sum())

    steps = [found + 1e-3 * side * one for one in np.eye(3) for side in (-1, 1)]
    assert all(cost(found) <= cost(step) for step in steps)


def test_a_choice_finds_what_made_the_winners() -> None:
    """Over fields of different sizes."""
    cases = []
    for _ in range(1500):
        x = RANDOM.normal(size=(int(RANDOM.integers(2, 12)), 3))
        cases.append((x, int(RANDOM.choice(len(x), p=chances(x, TRUTH)))))
    np.testing.assert_allclose(choice(cases), TRUTH, atol=0.1)


def test_accidents_do_not_pull_the_typical_along() -> None:
    """One case in ten is thrown a hundred off, always the same way."""
    y = X @ TRUTH + RANDOM.normal(0, 0.5, len(X))
    y[::10] += 100
    np.testing.assert_allclose(least_absolute(X, y, bound=0.5, ridge=1)[1:], TRUTH[1:], atol=0.08)


@pytest.mark.parametrize("levels", [(0.1, 0.9), (0.25, 0.75)])
def test_bands_read_from_history_hold_as_often_as_they_say(levels: tuple[float, float]) -> None:
    """Where what comes scatters wider the higher the score, and askew."""
    score = X @ TRUTH
    observed = score + np.exp(score) * RANDOM.exponential(1, len(X))
    half = slice(0, 2000), slice(2000, 4000)
    prior = binned.fit(X[half[0]], observed[half[0]], clip=6.0)
    found = binned.quantiles(X[half[1]], prior)
    low, high = (found[:, round(level * 20) - 1] for level in levels)
    share = coverage(low, high, observed[half[1]]).mean()
    assert share == pytest.approx(levels[1] - levels[0], abs=0.03)

"""Each score, found by inspection, against a plain oracle; and what makes a score a score."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pitlive.numerics.scores as scores
from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.numerics.scores.brier import brier, parts
from pitlive.numerics.scores.crps import crps
from pitlive.numerics.scores.log_loss import log_loss
from pitlive.numerics.scores.pinball import pinball
from pitlive.numerics.scores.ranked_probability import ranked_probability
from pitlive.numerics.scores.reliability import reliability

RANDOM = np.random.default_rng(7)
CHANCE = RANDOM.random(400)
CAME = (RANDOM.random(400) < CHANCE).astype(float)
QUANTILES = np.sort(RANDOM.normal(10, 3, (50, 19)), axis=1)
VALUES = RANDOM.normal(10, 3, 50)
PLACES = RANDOM.dirichlet(np.ones(6), 50)
STOOD = RANDOM.integers(1, 7, 50).astype(float)

Case = tuple[Any, Any]


def _log_loss(f: Callable[..., Any]) -> Case:
    sure = np.clip(CHANCE, 1e-6, 1 - 1e-6)
    return f(CHANCE, CAME), [-np.log(p if y else 1 - p) for p, y in zip(sure, CAME, strict=True)]


def _brier(f: Callable[..., Any]) -> Case:
    return f(CHANCE, CAME), [(p - y) ** 2 for p, y in zip(CHANCE, CAME, strict=True)]


def _pinball(f: Callable[..., Any]) -> Case:
    want = [
        [t * (y - q) if y >= q else (1 - t) * (q - y) for q, t in zip(row, LEVELS, strict=True)]
        for row, y in zip(QUANTILES, VALUES, strict=True)
    ]
    return f(QUANTILES, VALUES, LEVELS), want


def _crps(f: Callable[..., Any]) -> Case:
    return f(QUANTILES, VALUES), [
        2 * np.mean([max(t * (y - q), (t - 1) * (y - q)) for q, t in zip(r, LEVELS, strict=True)])
        for r, y in zip(QUANTILES, VALUES, strict=True)
    ]


def _coverage(f: Callable[..., Any]) -> Case:
    low, high = QUANTILES[:, 1], QUANTILES[:, 17]
    inside = [float(a <= y <= b) for a, y, b in zip(low, VALUES, high, strict=True)]
    return f(low, high, VALUES), inside


def _ranked_probability(f: Callable[..., Any]) -> Case:
    want = [
        sum((sum(p[:k]) - (k >= y)) ** 2 for k in range(1, 7))
        for p, y in zip(PLACES, STOOD, strict=True)
    ]
    return f(PLACES, STOOD), want


def _absolute_error(f: Callable[..., Any]) -> Case:
    return f(VALUES, STOOD), [max(a, b) - min(a, b) for a, b in zip(VALUES, STOOD, strict=True)]


def _reliability(f: Callable[..., Any]) -> Case:
    pairs = sorted(zip(CHANCE, CAME, strict=True))
    bins = [pairs[n : n + 40] for n in range(0, 400, 40)]
    want = [[np.mean([p for p, _ in b]), np.mean([y for _, y in b]), 40] for b in bins]
    return np.array(f(CHANCE, CAME)).T, want


def _auc(f: Callable[..., Any]) -> Case:
    predicted = np.round(CHANCE, 1)  # with ties
    pairs = [
        (p, q) for p, y in zip(predicted, CAME, strict=True) if y for q in predicted[CAME == 0]
    ]
    return f(predicted, CAME), np.mean([(p > q) + (p == q) / 2 for p, q in pairs])


def _bootstrap(f: Callable[..., Any]) -> Case:
    total, n = RANDOM.normal(3, 1, 40), np.ones(40)
    half = 1.96 * total.std() / np.sqrt(40)
    got = np.array(f(total, n))
    want = np.array([total.mean(), total.mean() - half, total.mean() + half])
    return np.round((got - want) / half / 0.2) + 0.0, [0, 0, 0]  # within a tenth of the half-width


ORACLES = {
    "log_loss": _log_loss,
    "brier": _brier,
    "pinball": _pinball,
    "crps": _crps,
    "coverage": _coverage,
    "ranked_probability": _ranked_probability,
    "absolute_error": _absolute_error,
    "reliability": _reliability,
    "auc": _auc,
    "bootstrap": _bootstrap,
}


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(scores.__path__)])
def test_a_score_equals_its_oracle(name: str) -> None:
    """Whatever is in the folder is held to a few lines of plain Python."""
    assert name in ORACLES, f"pitlive.numerics.scores.{name} has no oracle in this test"
    found = getattr(importlib.import_module(f"pitlive.numerics.scores.{name}"), name)
    got, want = ORACLES[name](found)
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(want, float), atol=1e-12)


def test_the_scores_are_found() -> None:
    """A package that is found empty would pass every law."""
    assert {module.name for module in pkgutil.iter_modules(scores.__path__)} == set(ORACLES)


@pytest.mark.parametrize("score", [log_loss, brier])
@pytest.mark.parametrize("truth", [0.05, 0.3, 0.8])
def test_nothing_beats_saying_the_truth_about_a_chance(
    score: Callable[..., Any], truth: float
) -> None:
    """The scores are proper: the expected score is least where the true chance is said."""
    predicted = np.linspace(0.01, 0.99, 99)
    one, zero = score(predicted, np.ones(99)), score(predicted, np.zeros(99))
    assert predicted[(truth * one + (1 - truth) * zero).argmin()] == pytest.approx(truth)


def test_nothing_beats_the_true_quantile() -> None:
    """The pinball loss of a level is least at that quantile."""
    sample = np.random.default_rng(7).exponential(5, 999)
    for level in (0.1, 0.5, 0.9):
        true = np.quantile(sample, level, method="inverted_cdf")
        predicted = np.append(np.linspace(0, 20, 401), true)
        loss = pinball(np.tile(predicted, (999, 1)), sample, np.full(402, level)).mean(axis=0)
        assert loss[-1] == pytest.approx(loss.min(), rel=1e-12)
        assert loss[:-1].min() > loss[-1]


def test_the_crps_of_many_quantiles_is_that_of_the_sample_they_come_from() -> None:
    """The two roads to one score meet."""
    sample = RANDOM.normal(0, 1, 2000)
    levels = (np.arange(400) + 0.5) / 400
    quantiles = np.quantile(sample, levels)
    for observed in (-1.5, 0.0, 2.0):
        by_quantiles = crps(quantiles[None], np.array([observed]), levels)[0]
        by_samples = _crps_samples(sample, observed)
        assert by_quantiles == pytest.approx(by_samples, abs=2e-3)


def _crps_samples(sample: Floats, observed: float) -> float:
    """E|X − y| − E|X − X'| / 2 over a sample (Gneiting, Raftery 2007, equation 21)."""
    pairs = np.abs(sample[:, None] - sample[None]).mean()
    return float(np.abs(sample - observed).mean() - pairs / 2)


def test_murphys_parts_add_up() -> None:
    """Brier = reliability − resolution + uncertainty + what bins hide."""
    found = parts(CHANCE, CAME)
    total = found.reliability - found.resolution + found.uncertainty + found.within
    assert total == pytest.approx(brier(CHANCE, CAME).mean())
    assert parts(np.repeat([0.2, 0.6], 50), CAME[:100], 2).within == pytest.approx(0)


def test_what_is_not_known_is_not_scored() -> None:
    """An outcome that is NaN gives a NaN, never a number."""
    nothing = np.array([np.nan])
    assert np.isnan(log_loss(np.array([0.5]), nothing)).all()
    assert np.isnan(ranked_probability(PLACES[:1], nothing)).all()
    assert np.isnan(crps(QUANTILES[:1], nothing)).all()
    assert reliability(np.array([0.5, 0.5]), np.array([np.nan, 1.0])).n.sum() == 1

"""Cautions left and the car ahead: what the figures say where the answer is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from pitlive.race.forecasting import negative_binomial
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.closing import closing
from pitlive.race.forecasting.view import View
from pitlive.race.forecasts import cautions_left
from tests import races
from tests.race.test_forecasts import folded, simulated


@pytest.mark.parametrize(("shape", "odds"), [(1.0, 0.5), (7.0, 0.4), (1e9, 3e-9)])
def test_counts_at_an_uncertain_rate_are_poisson_s_mixed_over_the_rates(
    shape: float, odds: float
) -> None:
    """A draw of a rate, then of a count, many times over, comes as often as is said."""
    random = np.random.default_rng(3)
    drawn = random.poisson(random.gamma(shape, odds, 200_000))
    want = np.bincount(np.minimum(drawn, 9), minlength=10) / len(drawn)
    got = negative_binomial.chances(np.array([shape]), np.array([odds]), 10)[0]
    np.testing.assert_allclose(got, want, atol=0.005)


@cache
def _expected(more: int) -> float:
    """The mean count left of the simulated race, with so many more cautions in its past."""
    _, whole = simulated()
    view = whole.until(45)
    extra = np.array([[10 + n, n, 10 + n, n + 1] for n in range(more)]).reshape(-1, 4)
    artefact = shipped()
    view = artefact.placed(replace(view, cautions=np.concatenate((view.cautions, extra))))
    said = cautions_left.forecast(view, artefact.figures["cautions_left"])
    assert said.chances is not None
    return float(said.chances[0] @ np.arange(said.chances.shape[1]))


def test_a_race_with_many_cautions_is_expected_to_have_more_of_them() -> None:
    """Its own count moves the rate of history, but does not replace it."""
    assert 1 < _expected(4) / _expected(0) < 2


def _following(rate_ms: int, laps: int = 20, until: int = 20) -> View:
    """Two cars under green, 4 s apart after the first lap, the second faster every lap."""
    told: list[dict[str, Any]] = [{"type": "flag", "flag": "green", "at_ms": 0, "lap": 0}]
    for lap in range(1, laps + 1):
        for car, at_ms in (("1", 20_000 * lap), ("2", 24_000 + (20_000 - rate_ms) * (lap - 1))):
            told.append({"type": "lap", "car": car, "lap": lap, "at_ms": at_ms})
    return folded(races.checked(told, {"laps": 200}), {"laps": 200}).through(until)


def test_a_car_that_gains_a_tenth_of_a_second_a_lap_is_told_at_what_rate() -> None:
    """From 4 s less 19 × 0.1 s; one that loses as much has the opposite rate."""
    found = closing(_following(rate_ms=100))
    np.testing.assert_allclose([found.to_ahead_s[0], found.rate_s[0]], [2.1, 0.1])
    assert found.wobble_s[0] < 1e-9
    np.testing.assert_allclose(closing(_following(rate_ms=-100)).rate_s, -0.1)


def test_a_stop_ends_what_two_cars_say_of_each_other() -> None:
    """Fewer green laps together since than make a rate give none."""
    view = _following(rate_ms=100)
    mark = view.mark.copy()
    mark[0, 17] = 0
    assert len(closing(replace(view, mark=mark)).rows) == 0
    mark = view.mark.copy()
    mark[0, 12] = 0
    assert closing(replace(view, mark=mark)).n.tolist() == [8]

"""What circumstances multiply a rate by: a series takes from the others what serves it."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from pitlive.race.forecasting import factors
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.levels import levels
from pitlive.race.registry import EVERY
from tests.race.test_forecasts import simulated

LAPS, WILD = 200, 40


def races(
    series: str, many: int, factor: float, seed: int, type: str = "large"
) -> list[factors.RaceLaps]:
    """Races at a rate of 0.04 a lap, so many times as much on the last laps."""
    late = np.arange(LAPS) >= LAPS - WILD
    rate, random = np.full(LAPS, 0.04), np.random.default_rng(seed)
    x, expected = late[:, None] * 1.0, rate * np.where(late, factor, 1.0)
    return [
        factors.RaceLaps(levels(series, type, f"Track {n % 3}"), x, observed * 1.0, rate)
        for n, observed in enumerate(random.poisson(expected, (many, LAPS)))
    ]


def told(series: str, *of: list[factors.RaceLaps]) -> float:
    """By what the last laps of a series are multiplied."""
    return float(np.exp(factors.fit([*chain(*of)], 1)[series][0]))


@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_a_series_whose_last_laps_are_not_wild_is_not_told_that_they_are(factor: float) -> None:
    """Ten races say it, whatever a hundred of another series do."""
    own = races("indycar", 10, factor, seed=1)
    cup = races("nascar-cup", 100, 3.0, seed=2)
    assert told("indycar", cup, own) == pytest.approx(told("indycar", own), rel=0.15)
    assert told("nascar-cup", cup, own) == pytest.approx(3.0, rel=0.1)


def test_a_series_that_is_like_the_others_is_told_by_them_where_it_has_little() -> None:
    """Its own four races alone would be pulled towards no factor at all; on the whole it helps."""
    cup = races("nascar-cup", 20, 3.0, seed=2)
    few = [races("indycar", 4, 3.0, seed) for seed in range(10, 20)]
    alone = [abs(told("indycar", own) - 3.0) for own in few]
    beside = [abs(told("indycar", cup, own) - 3.0) for own in few]
    assert np.mean(beside) < 0.9 * np.mean(alone)


def test_alone_a_series_is_told_by_its_races_and_by_nothing_else() -> None:
    """What stands for all is what it is told itself then; no race, no factor."""
    found = factors.fit(races("f1", 6, 2.0, seed=4), 1)
    assert found["f1"] == pytest.approx(found[""])
    assert factors.fit([], 1)[""].tolist() == [0.0]


FIGURES = ("caution", "cautions_left")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("indycar", "road"), "*/road"),  # learnt from the 500s alone, which stand under indycar
        (("nobody", "road"), "*/road"),
        (("nascar-cup", "road"), "nascar-cup/road"),
        (("f1", "road"), "f1/road"),
        (("f1", "large"), ""),
        (("indycar", "large"), "indycar"),
        (("nascar-truck", "dirt"), "nascar-truck"),
    ],
)
def test_on_a_road_a_series_is_told_by_roads_alone(
    name: str, asked: tuple[str, str], told: str
) -> None:
    """By what is shipped: its own races on roads, or those of the others."""
    known = shipped().figures[name]["factors"]
    of = factors.nearest(known, levels(*asked, "Nowhere"))
    np.testing.assert_array_equal(of, known[told])


@pytest.mark.parametrize("name", FIGURES)
def test_a_forecast_on_a_road_does_not_hang_on_what_ovals_taught(name: str) -> None:
    """IndyCar after green is not said to be as wild as a 500; on an oval it is."""
    prior, now = shipped().figures[name], simulated()[1].until(40)
    known = prior["factors"]
    wild = {**prior, "factors": {**known, "indycar": known["indycar"] + np.arange(len(known[""]))}}
    for track_type, is_same in (("road", True), ("large", False)):
        race = replace(now, series="indycar", track_type=track_type, track="Nowhere")
        told = [EVERY[name].forecast(race, of) for of in (prior, wild)]
        one, other = (of.value if of.chances is None else of.chances for of in told)
        assert one.size
        assert np.array_equal(one, other) is is_same


def test_a_series_without_a_road_race_learns_its_own_of_ovals_only() -> None:
    """What is fitted and what is asked for go by the same rule."""
    cup = races("nascar-cup", 20, 1.0, seed=2, type="road")
    found = factors.fit([*races("indycar", 10, 3.0, seed=1), *cup], 1)
    assert factors.nearest(found, levels("indycar", "road", "")) == found["*/road"]
    assert factors.nearest(found, levels("indycar", "short", "")) == found["indycar"]
    assert np.exp(found["*/road"]) == pytest.approx(1.0, abs=0.2)

"""What circumstances multiply a rate by: a series takes from the others what serves it."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from pitlive.race.forecast import factors
from pitlive.race.forecast.levels import levels

LAPS, WILD = 200, 40


def races(series: str, many: int, factor: float, seed: int) -> list[factors.Case]:
    """Races at a rate of 0.04 a lap, so many times as much on the last laps."""
    late = np.arange(LAPS) >= LAPS - WILD
    rate, random = np.full(LAPS, 0.04), np.random.default_rng(seed)
    x, expected = late[:, None] * 1.0, rate * np.where(late, factor, 1.0)
    return [
        factors.Case(levels(series, "large", f"Track {n % 3}"), x, came * 1.0, rate)
        for n, came in enumerate(random.poisson(expected, (many, LAPS)))
    ]


def told(series: str, *of: list[factors.Case]) -> float:
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

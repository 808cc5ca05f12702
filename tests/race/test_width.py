"""Bands are as wide as the newest races of a series need."""

from __future__ import annotations

import numpy as np
import pytest

from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import levels, width

BRISTOL = levels.levels("nascar-cup", "short", "Bristol")
MONZA = levels.levels("f1", "road", "Monza")


def misses(spread: float, seed: int, cases: int = 2000) -> Floats:
    """How far normal values of a spread are off, if a spread of 1 was said."""
    random = np.random.default_rng(seed)
    draws = np.sort(np.random.default_rng(0).normal(size=200_001))
    said = np.tile(np.quantile(draws, LEVELS), (cases, 1))
    return width.misses(random.normal(scale=spread, size=cases), said)


@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_a_band_that_was_too_wide_or_narrow_is_stretched_to_hold_what_it_says(
    spread: float,
) -> None:
    """Half as much scatter needs half the width."""
    found = width.fit([(BRISTOL, misses(spread, seed)) for seed in range(20)])
    assert found[BRISTOL[0]] == pytest.approx(spread, rel=0.05)


def test_newer_races_count_for_more() -> None:
    """A car that brought the field closer together is believed after a season."""
    older = [(BRISTOL, misses(2.0, seed)) for seed in range(36)]
    newer = [(BRISTOL, misses(1.0, seed)) for seed in range(36, 72)]
    assert width.fit([*older, *newer])["nascar-cup"] < 1.3 < width.fit(older)["nascar-cup"]


def test_series_have_widths_of_their_own_and_what_is_little_known_is_pulled_outwards() -> None:
    """One race of a series says less than twenty."""
    cup = [(BRISTOL, misses(1.0, seed)) for seed in range(40)]
    found = width.fit([*cup, (MONZA, misses(3.0, 99))])

    assert found["nascar-cup"] == pytest.approx(1.0, rel=0.05)
    assert found["nascar-cup"] < found["f1"] < 2.0
    assert found["f1/road/Monza"] > found["f1"]


def test_stretching_moves_everything_but_the_middle() -> None:
    """The forecast stays what it was, whatever its band."""
    said = np.linspace(-9.0, 9.0, 19)[None]
    assert width.stretched(said, 0.5)[0, [0, 9, 18]].tolist() == [-4.5, 0.0, 4.5]


def test_with_nothing_known_bands_stay_as_they_are() -> None:
    """No race, no opinion."""
    assert width.fit([]) == {"": 1.0}
    assert width.fit([(MONZA, np.empty(0))]) == {"": 1.0}

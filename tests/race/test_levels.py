"""Track → type → series → all: what one level lacks, the next wider one lends."""

from __future__ import annotations

import numpy as np
import pytest

from pitlive.race.forecasting.levels import levels, nearest, rates

BRISTOL, DOVER = levels("cup", "short", "Bristol"), levels("cup", "short", "Dover")
MONZA = levels("f1", "road", "Monza")


def test_much_seen_speaks_for_itself_and_little_for_its_kind() -> None:
    """A track of ten thousand laps keeps its rate; one of ten laps has that of its type."""
    found = rates([(BRISTOL, 200, 10_000), (DOVER, 1, 10), (MONZA, 10, 10_000)], 500)
    assert found["cup/short/Bristol"] == pytest.approx(0.02, rel=0.05)
    assert found["cup/short/Dover"] == pytest.approx(found["cup/short"], rel=0.1)
    assert found["f1/road/Monza"] < 0.002


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (levels("cup", "short", "Nowhere"), "cup/short"),
        (levels("cup", "dirt", "Nowhere"), "cup"),
        (levels("", "road", "Nowhere"), "*/road"),
        (levels("", "", ""), ""),
    ],
)
def test_what_was_never_seen_is_taken_from_the_next_wider(asked: list[str], given: str) -> None:
    """Down to all races together."""
    found = rates([(BRISTOL, 200, 10_000), (MONZA, 10, 10_000)], 500)
    assert nearest({key: key for key in found}, asked) == given


def test_a_series_is_pulled_by_the_others_no_more_than_they_are_alike() -> None:
    """Lane times of half as long are its own affair; rates that are alike lend to each other."""
    random = np.random.default_rng(2)
    far = [(DOVER, 45 * n, n) for n in random.integers(80, 120, 40)]
    few = [(MONZA, of * 10, 10) for of in random.normal(23, 1, 6)]
    own = sum(came for _, came, _ in few) / 60
    found = rates([*far, *few], 30)
    assert found["f1"] == pytest.approx(own, rel=0.005)
    assert found["f1/road"] == pytest.approx(own, rel=0.005)

    near = [(DOVER, came, 300) for came in random.poisson(3, 40).tolist()]
    one = [(MONZA, 6, 300), (MONZA, 2, 300)]
    pulled = rates([*near, *one], 700)["f1"]
    assert 8 / 600 > pulled > rates(near, 700)["cup"]

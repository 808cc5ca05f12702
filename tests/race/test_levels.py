"""Track → type → series → all: what one level lacks, the next wider one lends."""

from __future__ import annotations

import pytest

from pitlive.race.forecast.levels import levels, nearest, rates

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

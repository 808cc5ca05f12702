"""What lies beside a race → its declaration."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from pitlive.errors import BadFile
from pitlive.kind import kind_of
from pitlive.race.feeds.race_document import spec


@pytest.mark.data
def test_nothing_of_the_outcome_leaks(data_dir: Path) -> None:
    """Neither fields nor the order of the cars tell who won."""
    document = orjson.loads((data_dir / "main_race/race.json").read_bytes())
    declared = spec(document)
    assert {key for car in declared["cars"] for key in car} == {"car", "driver", "make", "grid"}
    assert [car["grid"] for car in declared["cars"]] == list(range(1, 40))
    assert not {key for key in declared if key.startswith("official")}
    assert (declared["laps"], declared["stages"]) == (500, [125, 250, 500])


@pytest.mark.data
def test_the_server_takes_the_declaration_of_the_real_race(data_dir: Path) -> None:
    """It passes the same check as any declaration."""
    declared = spec(orjson.loads((data_dir / "main_race/race.json").read_bytes()))
    assert kind_of(declared).spec(declared)["name"] == "Bass Pro Shops Night Race"


def test_a_declaration_of_another_kind_passes_through() -> None:
    """What it may contain, its kind says, and not we."""
    assert spec({"kind": "election", "finish": 1}) == {"kind": "election", "finish": 1}


def test_a_number_of_cars_is_not_a_list_of_cars() -> None:
    """A document may count its cars in `cars`; that declares none."""
    assert spec({"cars": 39}) == {"kind": "race"}


@pytest.mark.parametrize("document", [[], "race", {"entries": ["24"]}])
def test_what_is_no_declaration_is_said(document: object) -> None:
    """With the field, and what would do."""
    with pytest.raises(BadFile, match="want"):
        spec(document)

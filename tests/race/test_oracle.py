"""Every figure of the standings equals an independent pandas batch computation."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest

from tests import races
from tests.race import oracle
from tests.race.conftest import Bristol
from tests.race.told import table

INSTANTS = (400_000, 5_000_000, 9_400_000, 13_689_313, None)
"""Early, twice under way, as the winner crosses the line, and the end [ms]."""


def _assert_equal(
    reported: list[dict[str, Any]], until_ms: int | None, spec: dict[str, Any] | None = None
) -> None:
    cars = spec["cars"] if spec else ()
    want = oracle.standings(reported, until_ms, cars)
    entries = races.checked(reported, spec)
    seen = [e for e in entries if until_ms is None or e.at_ms <= until_ms]
    told = races.state(seen, spec)
    pd.testing.assert_frame_equal(table(told, want.columns), want, check_exact=True)


@pytest.mark.data
@pytest.mark.parametrize("until_ms", INSTANTS)
def test_the_real_race_equals_pandas(bristol: Bristol, until_ms: int | None) -> None:
    """Every figure of every car, bit for bit."""
    _assert_equal(bristol.reported, until_ms, bristol.spec)


@pytest.mark.data
def test_the_real_race_without_scored_places_equals_pandas(bristol: Bristol) -> None:
    """Where timing gives no places, the order is that of the crossings."""
    bare = [{k: v for k, v in e.items() if k != "place"} for e in bristol.reported]
    _assert_equal(bare, 7_000_000, bristol.spec)


@pytest.mark.data
def test_the_real_race_with_holes_equals_pandas(bristol: Bristol) -> None:
    """A feed that skips laps and times costs only the figures that need them."""
    random = Random(8)
    holed = [e for e in bristol.reported if e["type"] != "lap" or random.random() < 0.9]
    bare = [{k: v for k, v in e.items() if k != "lap_ms" or random.random() < 0.7} for e in holed]
    _assert_equal(bare, 9_000_000, bristol.spec)


@pytest.mark.parametrize("seed", range(12))
def test_made_up_races_equal_pandas(seed: int) -> None:
    """Small races of one to nine cars, some laps skipped, at any moment."""
    random = Random(seed)
    reported = races.small(cars=1 + seed % 9, laps=12 + seed, seed=seed)
    reported = [e for e in reported if e["type"] != "lap" or random.random() < 0.95]
    until_ms = random.choice([None, random.randrange(30_000, 200_000)])
    _assert_equal(reported, until_ms)


def test_the_oracle_is_not_the_fold() -> None:
    """An oracle that shared code with what it judges would agree with its mistakes."""
    text = Path(oracle.__file__).read_text()
    assert "import pitlive" not in text
    assert "from pitlive" not in text


@pytest.mark.data
@pytest.mark.parametrize("until_ms", INSTANTS)
def test_every_lap_and_stop_of_the_real_race_equals_pandas(
    bristol: Bristol, until_ms: int | None
) -> None:
    """Times, places, times to the leader, green laps, in-laps and out-laps of all cars."""
    known = pd.DataFrame(bristol.reported)
    known = known if until_ms is None else known[known.at_ms <= until_ms]
    want = oracle.laps(known).sort_values(["car", "lap"], ignore_index=True)
    entries = [e for e in bristol.entries if until_ms is None or e.at_ms <= until_ms]
    told = races.state(entries, bristol.spec)
    got = _laps(told).sort_values(["car", "lap"], ignore_index=True)
    pd.testing.assert_frame_equal(got, want[got.columns], check_dtype=False)
    assert _stop_laps(told) == _oracle_stop_laps(oracle.stops(known, want))


def _laps(told: dict[str, Any]) -> pd.DataFrame:
    """The channels `laps/<car>` as the oracle lays them out."""
    names = ["car", "lap", "at_ms", "lap_ms", "place", "to_leader_ms", "mark"]
    rows = [
        (channel.removeprefix("laps/"), int(lap), *row)
        for channel, of_car in told.items()
        if channel.startswith("laps/")
        for lap, row in of_car.items()
    ]
    table = pd.DataFrame(rows, columns=names)
    for name, letter in (("green", "g"), ("into", "i"), ("out", "o")):
        table[name] = table["mark"].str.contains(letter)
    return table.drop(columns="mark")


def _stop_laps(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Car, time in, time out, in-lap and out-lap of every stop."""
    return sorted(
        (
            channel.removeprefix("stops/"),
            row["in_ms"],
            *map(row.get, ("out_ms", "in_lap", "out_lap")),
        )
        for channel, of_car in told.items()
        if channel.startswith("stops/")
        for row in of_car.values()
    )


def _oracle_stop_laps(stops: pd.DataFrame) -> list[tuple[Any, ...]]:
    table = stops[["car", "at_ms", "out_ms", "into", "out"]].astype(object)
    return sorted(table.where(table.notna(), None).itertuples(index=False, name=None))


@pytest.mark.data
def test_what_stands_above_the_board_equals_pandas(bristol: Bristol) -> None:
    """Leader, changes of the lead, leaders and the fastest lap."""
    table = oracle.laps(pd.DataFrame(bristol.reported))
    led, best = oracle.leaders(table), table.sort_values(["lap_ms", "at_ms", "car"]).iloc[0]
    race = races.state(bristol.entries, bristol.spec)["race"]
    assert (race["lap"], race["leader"]) == (led.index[-1], led.iloc[-1])
    assert race["lead_changes"] == int((led != led.shift()).sum()) - 1
    assert race["leaders"] == led.nunique()
    assert race["fastest"] == {"car": best.car, "lap": best.lap, "lap_ms": best.lap_ms}

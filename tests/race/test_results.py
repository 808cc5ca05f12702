"""At the end of the real race our figures are those of the source's results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import races
from tests.race.conftest import Bristol

pytestmark = pytest.mark.data

RACE_ID = 5578


@pytest.fixture(scope="module")
def told(bristol: Bristol) -> dict[str, Any]:
    """The channels at the end."""
    return races.state(bristol.entries, bristol.spec)


@pytest.fixture(scope="module")
def ours(told: dict[str, Any]) -> pd.DataFrame:
    """The standings at the end, by car."""
    return pd.DataFrame(list(told["standings"].values())).set_index("car").sort_index()


@pytest.fixture(scope="module")
def results(data_dir: Path) -> pd.DataFrame:
    """The source's results, by car."""
    table = pd.read_csv(data_dir / "main_race" / "results.csv", dtype={"car_number": str})
    return table.set_index("car_number").sort_index()


def _of_race(data_dir: Path, name: str) -> pd.DataFrame:
    text = {"car": str, "car_number": str}
    table = pd.read_csv(data_dir / "nascar" / name, dtype=text, low_memory=False)
    return table[table.race_id == RACE_ID]


def test_order_and_laps_are_those_of_the_results(ours: pd.DataFrame, results: pd.DataFrame) -> None:
    """Thirty-nine cars, winner to last, with the laps they completed."""
    assert ours.place.to_dict() == results.finishing_position.to_dict()
    assert ours.laps.to_dict() == results.laps_completed.to_dict()


def test_laps_led_differ_where_the_source_contradicts_itself(
    ours: pd.DataFrame, results: pd.DataFrame
) -> None:
    """Two laps were scored to one car at the line and to another in NASCAR's list of leaders."""
    difference = ours.laps_led - results.laps_led
    assert difference[difference != 0].to_dict() == {"12": -1, "20": 1, "23": -1, "54": 1}


def test_the_laps_in_question_are_126_and_324(told: dict[str, Any], data_dir: Path) -> None:
    """On all other 498 laps our leader is the one in the list."""
    listed = {
        lap: row.car_number
        for row in _of_race(data_dir, "leaders.csv.gz").itertuples()
        for lap in range(row.start_lap, row.end_lap + 1)
    }
    places = {
        int(lap): channel.removeprefix("laps/")
        for channel, rows in told.items()
        if channel.startswith("laps/")
        for lap, row in rows.items()
        if row[2] == 1
    }
    differing = {lap: (places[lap], listed[lap]) for lap in listed if places[lap] != listed[lap]}
    assert differing == {126: ("54", "12"), 324: ("20", "23")}


def test_stops_are_those_of_the_pit_records(ours: pd.DataFrame, data_dir: Path) -> None:
    """412 stops under green and yellow; before the start and after the end are none."""
    records = _of_race(data_dir, "pitstops.csv.gz")
    stops = records[records.pit_in_flag_status.isin([1, 2, 3])].groupby("car").size()
    assert ours.stops.sum() == 412
    assert ours.stops.to_dict() == stops.reindex(ours.index, fill_value=0).to_dict()


def test_cautions_begin_on_the_laps_of_the_record(told: dict[str, Any], data_dir: Path) -> None:
    """Fourteen, for the recorded reasons; their ends are derived and may come sooner."""
    recorded = pd.read_csv(data_dir / "main_race" / "cautions.csv")
    ours = pd.DataFrame(list(told["cautions"].values()))
    assert ours.first_lap.tolist() == recorded.start_lap.tolist()
    assert ours.reason.tolist() == recorded.reason.tolist()
    assert (recorded.end_lap - ours.last_lap).between(0, 2).all()

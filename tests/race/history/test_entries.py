"""Past races as entries: the live fold says of them what the timing said."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pitlive.race.forecasting.view import View, view
from pitlive.race.history import f1, folders, nascar
from pitlive.race.history.entries import entries, spec
from pitlive.race.history.session import CAUTIONS, STOPS, RaceSession, Session
from pitlive.race.kind import RACE as kind
from tests.race.told import state


def past(session: Session) -> View:
    """A past race, folded whole."""
    race = kind.fold(spec(session))
    race.outcome(entries(session))
    return view(race)


def _session(**tables: pd.DataFrame) -> Session:
    race = RaceSession("x", 2020, "1", "Small", "Nowhere", "short", laps=6)
    run = [
        (car, lap, 10_000, 10_000 * lap + ahead)
        for car, ahead in (("a", 0), ("b", 200))
        for lap in range(1, 7)
    ]
    return Session(
        race,
        laps=pd.DataFrame(run, columns=["car", "lap", "time_ms", "at_ms"]).assign(place=None),
        **tables,
    )


def test_a_caution_comes_out_in_its_first_lap_and_ends_with_its_last() -> None:
    """As of the lap before it nobody knows of it; as of its last lap it is over."""
    under = pd.DataFrame([(3, 4, "Debris")], columns=list(CAUTIONS))
    race = past(_session(cautions=under))
    assert [race.until(lap).yellow for lap in range(7)] == [False] * 3 + [True] + [False] * 3
    assert race.cautions[:, [0, 2]].tolist() == [[3, 4]]
    assert np.flatnonzero(race.green[0]).tolist() == [1, 2, 5, 6]


def test_a_stop_without_times_has_its_in_lap_all_the_same() -> None:
    """IndyCar's table knows the lap alone."""
    stop = pd.DataFrame([{"car": "b", "lap": 4, "in_ms": 40_199}]).reindex(columns=list(STOPS))
    race = past(_session(stops=stop))
    assert race.stops.tolist() == [[1, 4, 40_199]]


@pytest.mark.data
def test_the_fold_of_past_races_equals_the_official_ones(data_dir: Path) -> None:
    """Places of all laps, laps of all cars, and the finishing order of races without a penalty."""
    for session in islice((s for s in nascar.sessions(data_dir / "nascar") if len(s.laps)), 2):
        folded = kind.fold(spec(session))
        rows = state([folded.outcome([]), folded.outcome(entries(session))])["standings"]
        known = session.cars.set_index("car").finish
        assert {car: row["place"] for car, row in rows.items()} == known.astype(int).to_dict()
        scored = session.laps.set_index(["car", "lap"]).place
        whole = view(folded)
        row = {car: number for number, car in enumerate(whole.cars)}
        assert [whole.place[row[car], lap] for car, lap in scored.index] == scored.tolist()
        assert whole.lap == session.race.run


@pytest.mark.data
def test_a_race_on_measured_times_keeps_its_order(data_dir: Path) -> None:
    """Formula 1: the order of the fold is that of the places scored at the end."""
    session = next(f1.sessions(data_dir / "f1"))
    race = past(session)
    ends = session.laps.sort_values("lap").drop_duplicates("car", keep="last")
    led = ends[ends.lap == session.race.run].sort_values("place").car.tolist()
    assert [race.cars[row] for row in race.order][: len(led)] == led


def _fastf1(folder: Path, **blank: list[str]) -> Path:
    """A FastF1 export of three cars and six laps, with some cells left blank."""
    rows = [
        {"round": 1, "driver": f"D{car}", "car": str(car), "lap": lap, "pos": car}
        | {"lap_time_s": 90.0 + car, "session_time_s": 3600.0 + (90.0 + car) * lap}
        | {"pit_in_s": None, "pit_out_s": None, "track_status": "1"}
        for car in (1, 2, 3)
        for lap in range(1, 7)
    ]
    table = pd.DataFrame(rows)
    for column, laps in blank.items():
        table.loc[table.lap.astype(str).isin(laps), column] = None
    table.to_csv(folder / "laps_2024.csv.gz", index=False)
    (folder / "races.csv").write_text("season,round,event\n2024,1,Brazilian Grand Prix\n")
    return folder


@pytest.mark.parametrize(
    "blank",
    [
        {"lap_time_s": ["1"]},
        {"lap_time_s": ["1", "2"]},
        {"lap_time_s": ["1", "4"], "session_time_s": ["1", "3"]},
    ],
)
def test_a_race_without_a_first_lap_time_loads_from_the_first_time_there_is(
    tmp_path: Path, blank: dict[str, list[str]]
) -> None:
    """A lap ends where the next begins, and no lap is lost for the want of its own time."""
    (session,) = f1.sessions(_fastf1(tmp_path, **blank))
    known = past(session)
    assert known.lap == 6
    assert (known.at[:, 6] > 0).all()
    whole = past(next(f1.sessions(_fastf1(tmp_path))))
    assert (np.diff(known.at[:, [2, 5, 6]]) == np.diff(whole.at[:, [2, 5, 6]])).all()


def test_circuits_of_past_races_are_those_of_the_table(tmp_path: Path) -> None:
    """A Grand Prix is named for a country or a town, history is kept by where it was."""
    (session,) = f1.sessions(_fastf1(tmp_path))
    assert (session.race.track, session.race.track_type) == ("Interlagos", "road")
    assert session.race.name == "Brazilian Grand Prix"


@pytest.mark.data
def test_no_race_of_formula_1_loads_empty(tmp_path: Path, data_dir: Path) -> None:
    """Four of 2022 have no time of the first lap."""
    for name in ("races.csv", "laps_2022.csv.gz"):
        (tmp_path / name).symlink_to(data_dir / "f1" / name)
    for session in f1.sessions(tmp_path):
        assert session.laps.at_ms.notna().all(), session.race.key


@pytest.mark.data
def test_every_folder_of_the_data_is_known_by_its_files(data_dir: Path) -> None:
    """One race of each."""
    found = {
        name: next(folders.sessions(data_dir / name)).race.series
        for name in ("nascar", "indycar", "f1")
    }
    assert found == {"nascar": "nascar-cup", "indycar": "indycar", "f1": "f1"}

"""Past races as entries: the live fold says of them what the timing said."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pitlive.history import f1, folders, nascar
from pitlive.history.entries import entries, spec
from pitlive.history.session import CAUTIONS, STOPS, Race, Session
from pitlive.race import kind
from pitlive.race.forecast.view import View, view
from tests.race.told import state


def past(session: Session) -> View:
    """A past race, folded whole."""
    race = kind.fold(spec(session))
    race.apply(entries(session))
    return view(race)


def _session(**tables: pd.DataFrame) -> Session:
    race = Race("x", 2020, "1", "Small", "Nowhere", "short", laps=6)
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
        rows = state([folded.apply([]), folded.apply(entries(session))])["standings"]
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


@pytest.mark.data
def test_every_folder_of_the_data_is_known_by_its_files(data_dir: Path) -> None:
    """One race of each."""
    found = {
        name: next(folders.sessions(data_dir / name)).race.series
        for name in ("nascar", "indycar", "f1")
    }
    assert found == {"nascar": "nascar-cup", "indycar": "indycar", "f1": "f1"}

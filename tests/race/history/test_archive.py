"""The archive: what is loaded is kept once, whole, and comes back as it was."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from pitlive.cli.main import main
from pitlive.errors import BadFile
from pitlive.race.history import folders, indycar
from pitlive.race.history.archive import Archive
from pitlive.race.history.csv_files import read
from pitlive.race.history.session import TABLES, RaceSession, Session
from pitlive.race.history.unused import told, unused


def small(place: int = 1) -> Session:
    """A race of one lap, much of it unknown."""
    race = RaceSession(
        "f1", 2019, "3", "Rain Grand Prix", "Rain", "road", stages=(9, 20), timed=True
    )
    laps = pd.DataFrame({"car": ["0", "00"], "lap": 1, "time_ms": [None, 90_000]})
    return Session(race, laps=laps.assign(at_ms=[91_000, 90_500], place=[place, 2]))


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    """Car numbers are text, unknown stays unknown, and tables without rows keep their columns."""
    archive = Archive(tmp_path)
    archive.put(small())
    back = archive.session("f1-2019-003")
    assert back.race == small().race
    assert back.laps.car.tolist() == ["0", "00"]
    assert back.laps.time_ms.isna().tolist() == [True, False]
    assert {name: [*getattr(back, name)] for name in TABLES} == {n: [*c] for n, c in TABLES.items()}


def test_what_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    """By content: another place is another race."""
    archive = Archive(tmp_path)
    assert [archive.put(small()), archive.put(small()), archive.put(small(2))] == [
        "new",
        "same",
        "changed",
    ]
    assert Archive(tmp_path).session("f1-2019-003").laps.place.tolist() == [2, 2]


def test_a_load_that_was_interrupted_is_made_good(tmp_path: Path) -> None:
    """Without its row in `races`, written last, a session is not there."""
    archive = Archive(tmp_path)
    archive.put(small())
    (tmp_path / "races" / "f1-2019-003.parquet").unlink()
    assert archive.races() == []
    with pytest.raises(BadFile, match="got no race f1-2019-003, want one of"):
        archive.session("f1-2019-003")
    assert archive.put(small()) == "new"


def _csv(folder: Path, text: str) -> Path:
    file = folder / "laps.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("car,lap\n7,1\n7,two\n", r":3: lap: got 'two', want a whole number or nothing"),
        ("car,laps\n7,1\n", r":1: lap: got car, laps, want that column"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_by_line_and_column(
    tmp_path: Path, text: str, said: str
) -> None:
    """Where, what was there, what would do."""
    with pytest.raises(BadFile, match=said):
        read(_csv(tmp_path, text), {"car": "VARCHAR", "lap": "BIGINT"})


def test_a_folder_without_races_is_refused(tmp_path: Path) -> None:
    """And told what would do."""
    with pytest.raises(BadFile, match="got no race data, want a folder with one of"):
        folders.sessions(tmp_path)


@pytest.mark.data
def test_the_commands_load_once_and_list(tmp_path: Path, data_dir: Path) -> None:
    """The whole way, on the smallest series."""
    load = ["history", "load", str(data_dir / "indycar"), "--data-dir", str(tmp_path)]
    runs = [CliRunner().invoke(main, load).output for _ in range(2)]
    listed = CliRunner().invoke(main, ["history", "list", "--data-dir", str(tmp_path)])
    assert "14 new, 0 changed, 0 as they were" in runs[0]
    assert "0 new, 0 changed, 14 as they were" in runs[1]
    assert "indycar-2018-iowa iowa: flags are unknown, stops are unknown" in runs[0]
    assert "198 stops without a lane time" in runs[0]
    assert ["indycar", "2013", "1", "5863", "198", "0", "0", "7"] in [
        row.split() for row in listed.output.split("\n")
    ]


def test_a_load_says_of_each_race_what_it_could_not_use(tmp_path: Path) -> None:
    """A line a race, then the sum; with --quiet the sum alone."""
    folder = tmp_path / "f1"
    folder.mkdir()
    (folder / "races.csv").write_text("season,round,event\n2024,1,Rain Grand Prix\n")
    head = "round,driver,car,lap,lap_time_s,session_time_s,pit_in_s,pit_out_s,pos,track_status"
    rows = ["1,A,7,1,,100,,,1,1", "1,A,7,2,90,190,185,,1,1", "1,A,7,3,99,289,,,,1"]
    (folder / "laps_2024.csv.gz").write_bytes(gzip.compress("\n".join([head, *rows]).encode()))

    load = ["history", "load", str(folder), "--data-dir", str(tmp_path)]
    said = CliRunner().invoke(main, load).output
    lacking = "1 laps without a time, 1 laps without a place, 1 stops without a lane time"
    assert f"f1-2024-001 Rain Grand Prix: {lacking}" in said
    assert "not used: 1 laps without a time (1 race)" in said
    assert "f1-2024-001" not in CliRunner().invoke(main, [*load, "--quiet"]).output

    listed = CliRunner().invoke(main, ["history", "list", "--data-dir", str(tmp_path)]).output
    assert ["f1", "2024", "1", "3", "1", "0", "0", "0"] in [
        row.split() for row in listed.split("\n")
    ]


def test_a_race_without_laps_is_said_to_be_of_no_use() -> None:
    """And what is whole has nothing to be said of it."""
    race = small().race
    assert told(unused(Session(race))) == "no laps, so nothing of it can be forecast"
    laps = pd.DataFrame({"car": ["7"], "lap": 1, "time_ms": 9e4, "at_ms": 9e4, "place": 1})
    whole = Session(replace(race, has_stops=False), laps=laps)
    assert unused(whole) == {"stops are unknown": 0}


@pytest.mark.data
def test_what_a_series_lacks_is_unknown(data_dir: Path) -> None:
    """Nine of the ten races of 2018 say nothing of flags and stops."""
    found = {s.race.id: s for s in indycar.sessions(data_dir / "indycar")}
    iowa, indy = found["iowa"].race, found["indy500"].race
    assert (iowa.has_flags, iowa.has_stops, indy.has_flags, indy.has_stops) == (
        *(False, False),
        *(True, True),
    )

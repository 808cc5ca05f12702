"""Tables → entries, column by column."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pitlive.errors import BadFile
from pitlive.feeds.columns import columns, declared
from pitlive.feeds.lines import LineRefused, Reported
from pitlive.feeds.table import TableReading, condition, constant, flat_objects, rows
from pitlive.messages import Json


def facts(text: str, reading: TableReading | None = None) -> list[dict[str, Json]]:
    read = list(rows(text.splitlines(keepends=True), reading))
    assert all(isinstance(row, Reported) for row in read), read
    return [row.entry for row in read if isinstance(row, Reported)]


def test_known_columns_are_recognised_and_others_kept() -> None:
    """`rank` is the place; `gust` is nobody's business and travels along as text."""
    assert facts("car,lap,rank,elapsed_s,gust\n07,3,2,61.5,12\n") == [
        {"type": "lap", "car": "07", "lap": 3, "place": 2, "at_ms": 61500, "gust": "12"}
    ]


def test_an_empty_cell_is_absent() -> None:
    """Unknown is absent, never 0."""
    assert "place" not in facts("car,lap,rank,at_ms\n7,3,,61\n")[0]


def test_a_declared_column_wins_over_a_recognised_one() -> None:
    """And the column that would have been recognised is kept under its own name."""
    reading = TableReading(given=[declared("at_ms=clock:clock")])
    (fact,) = facts("car,lap,elapsed_s,clock\n7,3,99,1:02.5\n", reading)
    assert (fact["at_ms"], fact["elapsed_s"]) == (62500, "99")


def test_time_is_never_guessed() -> None:
    """A column `time` may be of day, of race or of lap: it has to be declared."""
    with pytest.raises(BadFile, match="--map at_ms=COLUMN"):
        list(rows(["car,lap,time\n"]))


@pytest.mark.parametrize(
    ("header", "given", "said"),
    [
        ("car,lap,at_ms,lap", [], "'lap' twice"),
        ("car,lap,at_ms,pos,rank", [], "columns pos and rank: both mean place"),
        ("car,lap,at_ms", ["place=order"], "got 'order', want one of the columns car, lap, at_ms"),
    ],
)
def test_a_header_that_leaves_a_doubt_is_refused(header: str, given: list[str], said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(BadFile, match=said):
        columns(header.split(","), [declared(one) for one in given])


@pytest.mark.parametrize("text", ["at_ms", "at_ms=x:weeks", "=x"])
def test_a_map_that_is_none_is_refused(text: str) -> None:
    """With what would do."""
    with pytest.raises(BadFile, match=r"map.*want"):
        declared(text)


def test_a_bad_row_says_line_column_got_and_want() -> None:
    """And costs only itself."""
    read = list(rows(["car,lap,elapsed_s\n", "7,x,1\n", "7\n", "7,1,1e999\n", "7,2,3\n"]))
    assert [str(row) for row in read[:3]] == [
        "line 2, lap: got 'x', want a whole number",
        "line 3: got \"1 cells: '7'\", want 3 cells, as in the header",
        "line 4, elapsed_s: got '1e999', want a number of seconds",
    ]
    assert isinstance(read[3], Reported)


def test_a_quoted_cell_may_hold_commas_newlines_and_separators() -> None:
    """CSV is CSV, and U+2028 is no line end."""
    lines = ["car,lap,at_ms,driver\n", '7,1,5,"O\'Neill, ""Zed"" 🏁\u2028\n', 'Jr."\n']
    (read,) = rows(lines)
    assert isinstance(read, Reported)
    assert read.entry["driver"] == 'O\'Neill, "Zed" 🏁\u2028\nJr.'
    assert read.line == 3


def test_rows_can_be_chosen_and_given_constants() -> None:
    """One file, many races: the conditions are on the cells as they stand there."""
    reading = TableReading(
        constants=[constant("type=pit_in")], where=[condition("round=2"), condition("lap!=0")]
    )
    found = facts("round,car,lap,at_ms\n1,7,1,5\n2,7,0,6\n2,7,1,7\n", reading)
    assert [(fact["type"], fact["at_ms"]) for fact in found] == [("pit_in", 7)]


def test_flat_objects_are_read_as_rows_are() -> None:
    """A declared column holds for JSON Lines too; what is null is absent."""
    reading = TableReading(given=[declared("at_ms=when:s")])
    (read,) = flat_objects(['{"car": 7, "lap": 2, "when": 9.5, "pos": null}'], reading)
    assert read == Reported(1, {"type": "lap", "car": "7", "lap": 2, "at_ms": 9500})


@pytest.mark.data
def test_the_indy_500_needs_no_declaration(data_dir: Path) -> None:
    """Its columns are of known names; every row becomes a lap."""
    with gzip.open(data_dir / "indycar/indy500_2018.csv.gz", "rt") as lines:
        read = list(rows(lines))
    assert not [row for row in read if isinstance(row, LineRefused)]
    first = read[0]
    assert isinstance(first, Reported)
    assert first.entry | {"lap_ms": 42368, "at_ms": 42783, "place": 4} == first.entry


@pytest.mark.data
def test_a_formula_one_race_is_read_by_two_declared_columns(data_dir: Path) -> None:
    """Round 14 of 2018: 926 laps, by driver, on the clock of the session."""
    reading = TableReading(
        given=[declared("car=driver"), declared("at_ms=session_time_s:s")],
        where=[condition("round=14")],
    )
    with gzip.open(data_dir / "f1/laps_2018.csv.gz", "rt") as lines:
        read = list(rows(lines, reading))
    laps = [row.entry for row in read if isinstance(row, Reported)]
    assert (len(read), len(laps)) == (926, 926)
    assert laps[0]["car_"].isdigit()
    assert laps[0]["car"].isalpha()

"""A table proposes its own declaration: right, whatever it holds, and every row is taken."""

from __future__ import annotations

import csv
import gzip
import tomllib
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pitlive.declared import cells
from pitlive.declared.fitting import TAKEN
from pitlive.declared.proposing import Proposal, propose
from pitlive.declared.validation import read
from pitlive.kind import kind_of
from pitlive.messages import Entry


def taken(proposal: Proposal, header: list[str], rows: list[list[str]]) -> list[Entry]:
    """The entries of all rows, as the door makes them; none may be refused."""
    kind, spec = kind_of(proposal.declared), read(proposal.declared)
    checked = kind.spec(proposal.declared)
    made = []
    for n, row in enumerate(rows):
        named = {name: cell for name, cell in zip(header, row, strict=True) if name}
        reported = cells.entry(named, spec)
        given = {} if spec.entries["row"].uid else {"uid": f"row {n}"}
        made.append(kind.entry(given | reported, checked, seen_ms=5))
    refused = [one for one in made if not isinstance(one, Entry)]
    assert refused == []
    assert len({entry.uid for entry in made}) == len(rows)
    assert {(entry.revision, entry.amends, entry.origin) for entry in made} <= {(0, None, None)}
    return made


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8)
CELLS: list[st.SearchStrategy[str]] = [
    TEXT,
    st.sampled_from(["", "a", "b", "K"]),
    st.integers(-(10**17), 10**17).map(str),
    st.integers(0, 40).map(str),
    st.floats().map(str),
    st.decimals(-(10**6), 10**6, places=3).map(str),
    st.booleans().map(str),
    st.sampled_from(["yes", "No", "1", "0"]),
    st.datetimes().map(str),
    st.dates().map(lambda day: day.strftime("%d.%m.%Y")),
    st.dates().map(lambda day: f"{day.month}/{day.day}/{day.year:04} 08:15"),
    st.sampled_from(["007", "+5", "5.", ".5", "1e3", "-0", "1e400", "1e-400", "1_0", "٣"]),
    st.integers(10**9, 2 * 10**9).map(str),
    st.just("x" * 201),
]
NAMES = TEXT | st.sampled_from([*sorted(TAKEN), "time", "Straße", "and", "n" * 201])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A header and rows; every column of one sort.

    Long texts stand in no column of a name that every entry has: such rows are refused.
    """
    header = draw(st.lists(NAMES.map(str.strip), min_size=1, max_size=5, unique=True))
    count = draw(st.integers(0, 12))
    times = draw(st.sampled_from([1, 1, 30]))
    columns = []
    for name in header:
        sort = draw(st.sampled_from(CELLS[:-1] if name in TAKEN else CELLS))
        columns.append(draw(st.lists(sort, min_size=count, max_size=count)) * times)
    return header, [list(row) for row in zip(*columns, strict=True)]


@settings(max_examples=150, deadline=None)
@given(tables())
@example((["type"], [["01.01.2000"]]))
@example((["revision"], [["01.01.2000"]]))
@example((["uid", "n"], [["01.01.2000", "1"], ["01.01.2000", "2"]]))
@example((["amends"], [["01.01.2000"]]))
def test_whatever_the_table_its_proposal_is_right_and_takes_every_row(
    table: tuple[list[str], list[list[str]]],
) -> None:
    """It also comes back from TOML as it was."""
    header, rows = table
    if not any(header):
        return
    proposal = propose("table", header, rows)
    assert tomllib.loads(tomli_w.dumps(proposal.declared)) == proposal.declared
    entries = taken(proposal, header, rows)
    kind = kind_of(proposal.declared)
    kind.fold(kind.spec(proposal.declared)).outcome(entries)
    assert len(proposal.why) >= 3


REAL = {
    "student_scores/star_scores": (["student", "grade"], None, "mean of read by student"),
    "student_scores/caschools": (["district"], None, "mean of"),
    "student_scores/maschools": (["district"], None, "mean of"),
    "election_2020/state_vote_updates": (None, "timestamp", "by state"),
    "retail_orders/orders_2011_09_01_to_11_14": (None, "InvoiceDate", "by customerid"),
    "retail_orders/products": (["StockCode"], None, "rows"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_tables_are_understood(name: str, data_dir: Path) -> None:
    """What names a row, when it happened, which figures; every row is taken."""
    uid, at, figure = REAL[name]
    with gzip.open(data_dir / f"{name}.csv.gz", "rt") as file:
        header, *rows = islice(csv.reader(file), 20_000)
    proposal = propose(name, header, rows)
    row: dict[str, Any] = proposal.declared["entries"]["row"]
    assert row.get("uid") == uid
    assert row.get("at", {}).get("field") == at
    assert figure in proposal.why[-1].lower()
    taken(proposal, header, rows)


def test_what_tells_rows_apart_by_chance_does_not_name_them() -> None:
    """Of five pupils of five schools nobody knows who may come twice."""
    rows = [[f"ann{n}", f"school {n}"] for n in range(5)]
    assert "uid" not in propose("x", ["pupil", "school"], rows).declared["entries"]["row"]


def test_days_are_read_in_the_order_in_which_time_runs() -> None:
    """Where both the day and the month may come first."""
    days = [["01/02/2020"], ["02/02/2020"], ["03/02/2020"], ["01/03/2020"]]
    assert propose("x", ["day"], days).declared["entries"]["row"]["at"]["format"] == "%d/%m/%Y"


def test_a_second_time_is_a_field_like_any_other() -> None:
    """There is one event time, the first that every row has."""
    header = ["ordered", "delivered"]
    rows = [["", "2020-01-02"], ["2020-01-01", "2020-01-03"]]
    row = propose("x", header, rows).declared["entries"]["row"]
    assert row["at"]["field"] == "delivered"
    assert [*row["fields"]] == ["ordered"]


def test_what_will_be_refused_is_said() -> None:
    """A column of a name that every entry has, with texts that none can keep."""
    (why, *_) = propose("x", ["origin"], [["x" * 201]]).why
    assert why == "origin: some texts are longer than 200: rows with them are refused"

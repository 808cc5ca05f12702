"""Rows of CSV and times of all kinds become the entries that a declaration describes."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.cli import beside, recording
from pitlive.declared import cells
from pitlive.declared.fitting import TAKEN
from pitlive.declared.times import EventTime
from pitlive.declared.validation import read
from pitlive.errors import BadSpec
from pitlive.feeds.lines import LineRefused, Reported
from pitlive.kind import kind_of
from pitlive.messages import Entry, Rejection
from tests.declared.test_scores import same

HERE = Path(__file__).parent / "real"
LONDON = "Europe/London"


def declared(**of_entry: Any) -> dict[str, Any]:
    """A declaration with one type of entry."""
    return {"kind": "declared", "entries": {"order": of_entry}}


def made(spec: dict[str, Any], reported: Any, *, text: bool = False) -> Entry | Rejection:
    """What the door makes of one thing."""
    kind = kind_of(spec)
    return kind.entry(reported, kind.spec(spec), seen_ms=7, text=text)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))  # made aware below
def test_a_time_is_the_same_however_it_is_written(moment: datetime) -> None:
    """As ISO text, in a format, or as a number; to the millisecond."""
    at_ms = int(moment.replace(tzinfo=UTC).timestamp()) * 1000 + moment.microsecond // 1000
    assert EventTime(field="t").read(moment.isoformat()) == at_ms
    text = moment.strftime("%d/%m/%Y %H.%M.%S,%f")
    if moment.year > 999:
        assert EventTime(field="t", format="%d/%m/%Y %H.%M.%S,%f").read(text) == at_ms
    assert EventTime(field="t", unit="s").read(at_ms / 1000) == at_ms
    assert EventTime(field="t", unit="ms").read(str(at_ms)) == at_ms


@given(st.none() | st.booleans() | st.floats() | st.text() | st.lists(st.integers()))
def test_what_is_no_time_is_never_taken_for_one(value: Any) -> None:
    """None, or a time from 1970 on; no crash."""
    for unit in ("iso", "ms", "s", "min"):
        found = EventTime(field="t", unit=unit).read(value)
        assert found is None or 0 <= found <= 10**13


def test_local_time_is_read_in_its_zone() -> None:
    """In summer London is an hour ahead; a time that names its zone needs none."""
    at = EventTime(field="t", zone=LONDON)
    assert at.read("2011-09-01 08:25") == at.read("2011-09-01T07:25:00Z")
    assert at.read("2011-12-01 08:25") == at.read("2011-12-01T08:25:00Z")


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ({"field": "t", "format": "%H:%M"}, "entries.order.at.format"),
        ({"field": "t", "format": "%Y%Y"}, "entries.order.at.format"),
        ({"field": "t", "format": "%Q"}, "entries.order.at.format"),
        ({"field": "t", "zone": "Europe/Nowhere"}, "entries.order.at.zone"),
        ({"field": "t", "zone": "../etc"}, "entries.order.at.zone"),
        ({"field": "t", "unit": "h"}, "entries.order.at.unit"),
        ({"unit": "s"}, "entries.order.at.field"),
        ({"field": "t", "is": 1}, "entries.order.at.is"),
    ],
)
def test_a_time_that_cannot_be_read_so_is_said_by_its_place(at: Any, place: str) -> None:
    """A declaration that would refuse every entry is refused itself."""
    with pytest.raises(BadSpec, match=f"^{place}: got .+, want .+"):
        read(declared(fields={"n": "integer"}, at=at))


def test_an_entry_without_its_time_is_refused_by_the_name_of_the_field() -> None:
    """What was there, and what would do; a time of its own is as good."""
    spec = declared(fields={"n": "integer"}, at={"field": "when", "format": "%d.%m.%Y"})
    told = made(spec, {"uid": "a", "n": 1, "when": "2011-09-01"})
    assert isinstance(told, Rejection)
    assert (told.field, told.got) == ("when", "2011-09-01")
    assert told.want == "a time such as 12.10.2011 (%d.%m.%Y), from 1970 on"
    assert made(spec, {"uid": "a", "n": 1}).field == "when"  # type: ignore[union-attr]
    assert made(spec, {"uid": "a", "n": 1, "at_ms": 5}).at_ms == 5  # type: ignore[union-attr]


def test_a_column_may_have_any_name_also_one_of_ours() -> None:
    """`type` and `id` of somebody else's table are fields like any other."""
    fields = {"kind_of": {"type": "text", "column": "type"}, "n": "integer", "id_": "text"}
    fields["id_"] = {"type": "text", "column": "id"}
    spec = declared(fields=fields, uid=["id_"])
    told = made(spec, {"id": "7", "type": "web", "n": " 3 ", "Note": "é", "id_": "x"}, text=True)
    assert isinstance(told, Entry)
    assert (told.uid, told.type) == ("order/7", "order")
    assert told.data == {"id_": "7", "kind_of": "web", "n": 3, "Note": "é"}


@pytest.mark.parametrize("column", sorted(TAKEN))
@pytest.mark.parametrize("day", ["05.01.1970", "noon"])
def test_a_column_that_says_when_says_nothing_else(column: str, day: str) -> None:
    """A table may call the day of its rows `uid` or `revision`, or as we call anything else."""
    at = {"field": column, "format": "%d.%m.%Y"}
    spec = declared(fields={"n": "integer"}, uid=["n"], at=at)
    told = made(spec, {column: day, "n": "3"}, text=True)
    if isinstance(told, Rejection):
        assert day == "noon"
        assert told.got == day
        return
    assert (told.uid, told.type, told.at_ms) == ("order/3", "order", 4 * 86_400_000)
    assert (told.revision, told.amends, told.origin) == (0, None, None)


def test_two_fields_cannot_be_one_column() -> None:
    """Nor can a field be the column that another has claimed."""
    with pytest.raises(BadSpec, match=r"fields\.b\.column: got 'a', want a column of its own"):
        read(declared(fields={"a": "text", "b": {"type": "text", "column": "a"}}))


def test_the_revision_may_be_a_field() -> None:
    """A higher one replaces the fact; it must be an integer."""
    spec = declared(fields={"n": "text", "v": "integer"}, uid=["n"], revision="v")
    assert made(spec, {"n": "a", "v": 3}).revision == 3  # type: ignore[union-attr]
    assert made(spec, {"n": "a", "v": "3"}, text=True).revision == 3  # type: ignore[union-attr]
    assert made(spec, {"n": "a", "v": -1}).field == "revision"  # type: ignore[union-attr]
    with pytest.raises(BadSpec, match=r"order\.revision: got 'n', want a field that is an int"):
        read(declared(fields={"n": "text"}, revision="n"))


def test_names_of_facts_that_differ_stay_different() -> None:
    """a/b of c is not a of b/c."""
    spec = declared(fields={"a": "text", "b": "text"}, uid=["a", "b"])
    one, other = made(spec, {"a": "a/b", "b": "c"}), made(spec, {"a": "a", "b": "b/c"})
    assert one.uid != other.uid


def test_noise_behind_the_last_decimal_is_rounded_off_where_that_is_declared() -> None:
    """As in files that were written from 32-bit numbers."""
    number = {"type": "number", "decimals": 2, "rounds": True, "max": 11}
    spec = declared(fields={"n": number})
    assert made(spec, {"uid": "a", "n": 10.899999618530273}).data == {"n": 10.9}  # type: ignore[union-attr]
    assert made(spec, {"uid": "a", "n": 11.001}).field == "n"  # type: ignore[union-attr]


def played(file: Path, spec: str) -> list[Reported | LineRefused]:
    """The rows of a file as they are sent."""
    declared = beside.read(HERE / f"{spec}.toml")
    with recording.play(str(file), None, None, "", declared) as recorded:
        return [row for row in recorded.rows if row is not None]


def folded(rows: list[Reported | LineRefused], spec: str) -> dict[str, dict[str, Any]]:
    """What the source shows after them; every one is taken."""
    told = beside.read(HERE / f"{spec}.toml")
    kind = kind_of(told)
    checked = kind.spec(told)
    entries = [kind.entry(row.entry, checked, seen_ms=5) for row in rows]  # type: ignore[union-attr]
    assert all(isinstance(entry, Entry) for entry in entries)
    return kind.fold(checked).outcome(entries).rows  # type: ignore[arg-type]


def test_real_orders_are_fed_with_a_declaration_alone(data_dir: Path, tmp_path: Path) -> None:
    """Lines that look the same count each; the local time of the shop is known."""
    whole = data_dir / "retail_orders" / "orders_2011_09_01_to_11_14.csv.gz"
    with gzip.open(whole, "rt") as lines:
        (tmp_path / "orders.csv").write_text("".join(next(lines) for _ in range(12_001)))
    plain = pd.read_csv(tmp_path / "orders.csv", dtype={"CustomerID": str})
    rows = played(tmp_path / "orders.csv", "orders")
    assert len(rows) == len(plain) > len(plain.drop_duplicates())
    assert played(tmp_path / "orders.csv", "orders") == rows
    found = folded(rows, "orders")
    mils = (plain["Quantity"] * (plain["UnitPrice"] * 1000).round().astype(int)).groupby(
        plain["Country"]
    )
    sums = {k: row["sum"] for k, row in found["countries"].items()}
    same(sums, {k: int(v) / 1000 for k, v in mils.sum().items()})
    at = pd.to_datetime(plain["InvoiceDate"]).dt.tz_localize(LONDON).dt.tz_convert("UTC")
    days = at.dt.date.value_counts().sort_index()
    assert [n for n in found["days"].values() if n] == days.tolist()


def test_real_counts_of_votes_are_fed_with_a_declaration_alone(data_dir: Path) -> None:
    """In the order of their times, to the microsecond's millisecond."""
    file = data_dir / "election_2020" / "state_vote_updates.csv.gz"
    plain = pd.read_csv(file)
    rows = played(file, "election")
    times = [row.entry["at_ms"] for row in rows]  # type: ignore[union-attr]
    assert times == sorted(times)
    votes = plain.groupby("state")["new_votes"].sum()
    found = folded(rows, "election")
    assert {k: row["sum"] for k, row in found["votes"].items()} == votes.to_dict()
    assert sum(found["hours"].values()) == plain["new_votes"].sum()


def test_real_scores_are_fed_with_a_declaration_alone(data_dir: Path) -> None:
    """Those without a score in mathematics are entries too."""
    file = data_dir / "student_scores" / "star_scores.csv.gz"
    plain = pd.read_csv(file, dtype={"school": str}).groupby("school")["math"]
    found = folded(played(file, "scores"), "scores")["schools"]
    same({k: row["mean"] for k, row in found.items()}, plain.mean().to_dict())


@given(st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=6))
def test_whatever_a_row_holds_it_is_read(row: dict[str, str]) -> None:
    """What fits nothing stays as it was."""
    spec = declared(fields={"n": "integer", "b": {"type": "boolean", "column": "type"}})
    found = cells.entry(row, read(spec | {"entries": {"a": spec["entries"]["order"]}}))
    assert set(found) <= {*row, "n", "b"}
    assert isinstance(made(spec, row, text=True), Entry | Rejection)

"""Events of a race as timing wrote them down → entries."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from pitlive.feeds.lines import LineRefused, Reported
from pitlive.messages import Json
from pitlive.race.feeds.timing import entries


def one(line: str) -> dict[str, Json]:
    (read,) = entries([line])
    assert isinstance(read, Reported)
    return read.entry


def test_seconds_become_whole_milliseconds() -> None:
    """A lap keeps its figures, in the units and under the names of an entry."""
    event = '{"t":16.604,"type":"lap","car":"12","lap":1,"lap_time":16.504,"pos":3}'
    assert one(event) == {
        "type": "lap",
        "at_ms": 16604,
        "car": "12",
        "lap": 1,
        "lap_ms": 16504,
        "place": 3,
        "uid": "lap/12/1",
    }


@pytest.mark.parametrize(
    ("tires", "count"), [("LF RF LR RR", {"tires": 4}), ("RF RR", {"tires": 2}), ("", {})]
)
def test_tyres_are_counted_and_none_named_is_not_known(tires: str, count: dict[str, int]) -> None:
    """No names is not zero: the timing simply did not say."""
    entry = one(f'{{"t":1,"type":"pit_out","car":"3","stop_s":null,"tires":"{tires}"}}')
    assert {k: v for k, v in entry.items() if k in ("tires", "service_ms")} == count


def test_the_flag_number_of_a_pit_event_is_not_the_name_of_a_flag() -> None:
    """One word, one meaning: the code travels along under another name."""
    entry = one('{"t":1,"type":"pit_in","car":"3","lap":2,"flag":2}')
    assert "flag" not in entry
    assert entry["flag_code"] == 2


def test_two_facts_of_one_key_get_two_uids_and_the_same_at_every_reading() -> None:
    """Car 51 left the pits twice in one millisecond; both are kept, and a repeat is known."""
    lines = ['{"t":678.761,"type":"pit_out","car":"51","lap":36}'] * 2
    uids = [[read.entry["uid"] for read in entries(lines)] for _ in range(2)]  # type: ignore[union-attr]
    assert uids == [["pit_out/51/678761", "pit_out/51/678761/2"]] * 2


def test_an_entry_passes_through_as_it_is() -> None:
    """What has `at_ms` needs no conversion and keeps its own uid, or none."""
    assert one('{"type":"lap","at_ms":5,"car":"1","lap":1}') == {
        "type": "lap",
        "at_ms": 5,
        "car": "1",
        "lap": 1,
    }


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"t":"soon","type":"flag","flag":"green"}', "t"),
        ('{"t":1,"type":"lap","car":"1","lap":1,"lap_time":true}', "lap_time"),
        ('{"t":NaN,"type":"flag","flag":"green"}', ""),
        ('{"t":1,"type":"fl', ""),
        ("7", ""),
        ('"\\ud800"', ""),
        ("[" * 5000, ""),
    ],
)
def test_a_line_that_cannot_be_read_costs_only_itself(line: str, field: str) -> None:
    """It is refused with its number and field, and the next line is read."""
    bad, good = entries([line, '{"t":2,"type":"flag","flag":"green"}'])
    assert isinstance(bad, LineRefused)
    assert (bad.line, bad.field) == (1, field)
    assert isinstance(good, Reported)


@pytest.mark.data
def test_the_real_race_becomes_entries_with_uids_of_their_own(data_dir: Path) -> None:
    """19,424 events, none refused, no two with one uid, all in order of time."""
    with gzip.open(data_dir / "main_race/events.jsonl.gz") as lines:
        read = list(entries(lines))
    assert all(isinstance(row, Reported) for row in read)
    facts = [row.entry for row in read if isinstance(row, Reported)]
    assert Counter(fact["type"] for fact in facts) == {
        "lap": 18_547,
        "pit_in": 440,
        "pit_out": 407,
        "flag": 30,
    }
    assert len({fact["uid"] for fact in facts}) == 19_424
    assert [fact["at_ms"] for fact in facts] == sorted(fact["at_ms"] for fact in facts)

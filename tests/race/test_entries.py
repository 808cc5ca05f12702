"""What may be reported: good entries are taken as they are, bad ones are refused with a reason."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.errors import BadSpec
from pitlive.messages import Entry, Rejection
from pitlive.race.entries import ENTRY_SCHEMA, TYPES
from pitlive.race.kind import RACE as kind

SPEC = kind.spec({"cars": [{"car": "24"}, {"car": "0"}]})
LAP: dict[str, Any] = {"type": "lap", "car": "24", "lap": 3, "at_ms": 48_000}
REPORT: dict[str, Any] = {
    **{"type": "pit_report", "car": "24", "lap": 3, "operator": "anna"},
    **{"tires": 4, "service_ms": 11_000},
}


def _entry(reported: Any, **how: Any) -> Entry | Rejection:
    return kind.entry(reported, SPEC, seen_ms=1_763_822_400_000, **how)


@pytest.mark.parametrize(
    ("change", "field", "want"),
    [
        ({"lap": 0}, "lap", "a whole number from 1 to 2000"),
        ({"lap": 2001}, "lap", "a whole number from 1 to 2000"),
        ({"lap": 3.5}, "lap", "a whole number from 1 to 2000"),
        ({"lap": True}, "lap", "a whole number from 1 to 2000"),
        ({"lap": "3"}, "lap", "a whole number from 1 to 2000"),
        ({"lap": 2**80}, "lap", "a whole number from 1 to 2000"),
        ({"at_ms": -1}, "at_ms", "a whole number of milliseconds from 0 to 10^13"),
        ({"at_ms": 10**13 + 1}, "at_ms", "a whole number of milliseconds from 0 to 10^13"),
        ({"at_ms": float("nan")}, "at_ms", "a whole number of milliseconds from 0 to 10^13"),
        ({"lap_ms": float("inf")}, "lap_ms", "a whole number of milliseconds from 1 to 10^9"),
        ({"lap_ms": 0}, "lap_ms", "a whole number of milliseconds from 1 to 10^9"),
        ({"place": 0}, "place", "a whole number from 1 to 1000"),
        ({"car": "00"}, "car", "one of the 2 cars of this race"),
        ({"car": 24}, "car", "a text of 1 to 8 characters without spaces or / * , :"),
        ({"car": "\ud800"}, "car", "a text of 1 to 8 characters without spaces or / * , :"),
        ({"uid": ""}, "uid", "a text of 1 to 200 characters"),
        ({"uid": "x" * 201}, "uid", "a text of 1 to 200 characters"),
        ({"origin": "x" * 65}, "origin", "a text of 1 to 64 characters"),
        ({"type": "pit"}, "type", f"one of {', '.join(TYPES)}"),
        ({"type": {}}, "type", f"one of {', '.join(TYPES)}"),
    ],
)
def test_a_bad_field_is_refused_with_what_would_do(
    change: dict[str, Any], field: str, want: str
) -> None:
    """The refusal names the field and says what to send instead."""
    refused = _entry({**LAP, **change})
    assert isinstance(refused, Rejection)
    assert (refused.field, refused.want) == (field, want)
    orjson.dumps(refused.got)


@pytest.mark.parametrize("car", ["2/4", "2*", "a,b", "a:b", "a b", "", "123456789", "a\n", "a\x00"])
def test_a_car_that_cannot_be_part_of_a_channel_name_is_refused(car: str) -> None:
    """Channels are named by cars, and lists of channels are written with those characters."""
    assert isinstance(kind.entry({**LAP, "car": car}, {}, seen_ms=0), Rejection)


@pytest.mark.parametrize("missing", ["type", "car", "lap", "at_ms"])
def test_a_missing_field_is_refused(missing: str) -> None:
    """What is required is named."""
    refused = _entry({name: value for name, value in LAP.items() if name != missing})
    assert isinstance(refused, Rejection)
    assert (refused.field, refused.got) == (missing, None)


@pytest.mark.parametrize("reported", [None, 3, "lap", [], [LAP], 1.5, True])
def test_what_is_not_an_object_is_refused(reported: Any) -> None:
    """An entry is an object."""
    refused = _entry(reported)
    assert isinstance(refused, Rejection)
    assert refused.want == "an object with a type"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from([*TYPES, "?"]),
    st.booleans(),
)
def test_whatever_json_comes_there_is_an_answer_that_can_be_sent(
    junk: Any, type: str, text: bool
) -> None:
    """No report, however odd, raises or yields what JSON cannot carry."""
    for reported in (junk, {**LAP, "type": type, "lap": junk}, {**REPORT, "type": type, "x": junk}):
        answer = _entry(reported, text=text)
        if isinstance(answer, Rejection):
            orjson.dumps([answer.uid, answer.field, answer.got, answer.want])
        else:
            assert orjson.loads(orjson.dumps(answer.data)) == answer.data


def test_a_deep_report_is_refused() -> None:
    """Nesting that would break the next reader's stack ends here."""
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"a": deep}
    assert isinstance(_entry({**LAP, "note": deep}), Rejection)
    assert isinstance(_entry({**LAP, "lap": deep}), Rejection)


def test_other_fields_are_kept() -> None:
    """What we do not know may matter to somebody who reads the log."""
    extra = {"speed": 128.5, "who": 'a "quoted"\nline\u2028 of 🏁', "more": [1, None]}
    entry = _entry({**LAP, **extra})
    assert isinstance(entry, Entry)
    assert entry.data == {"car": "24", "lap": 3, **extra}


def test_an_entry_read_from_the_log_can_be_reported_again() -> None:
    """What the log added, its id and when it was seen, is no field of the entry."""
    entry = _entry({**LAP, "uid": "lap/24/3", "id": "5-0", "seen_ms": 7})
    assert entry == _entry(LAP)


@pytest.mark.parametrize(
    ("reported", "uid"),
    [
        (LAP, "lap/24/3"),
        ({"type": "pit_in", "car": "0", "at_ms": 7}, "pit_in/0/7"),
        ({"type": "pit_out", "car": "0", "at_ms": 9}, "pit_out/0/9"),
        ({"type": "flag", "flag": "red", "at_ms": 7}, "flag/red/7"),
        (REPORT, "report/anna/24/3"),
        ({**REPORT, "type": "pit_decision", "reason": "tv", "uid": "mine"}, "decision/24/3"),
        ({"type": "retract", "amends": "lap/24/3"}, "retract/lap/24/3"),
        ({"type": "note", "uid": "n1", "text": "rain"}, "n1"),
        ({"type": "flush", "at_ms": 99}, "flush/99"),
        ({**LAP, "uid": "🏁"}, "🏁"),
    ],
)
def test_an_entry_is_named_by_its_natural_key(reported: dict[str, Any], uid: str) -> None:
    """A producer who gives no uid may still retry safely."""
    entry = _entry(reported)
    assert isinstance(entry, Entry)
    assert entry.uid == uid


@pytest.mark.parametrize("type", ["pit_report", "pit_decision", "note", "retract", "flush"])
def test_what_people_say_without_a_time_is_said_now(type: str) -> None:
    """A person need not type the time."""
    said = {**REPORT, "type": type, "uid": "u", "text": "t", "reason": "r", "amends": "a"}
    entry = _entry(said)
    assert isinstance(entry, Entry)
    assert entry.at_ms == 1_763_822_400_000


def test_csv_text_is_read_as_numbers_and_empty_cells_are_absent() -> None:
    """A cell of a table says the same as a field of JSON."""
    row = {"type": "lap", "car": "24", "lap": "3", "at_ms": "48000", "lap_ms": "", "uid": ""}
    assert _entry(row, text=True) == _entry(LAP)
    report = {name: str(value) for name, value in REPORT.items()}
    assert _entry(report, text=True) == _entry(REPORT)


@pytest.mark.parametrize("cell", ["NaN", "x", "-1", "1e3", "0"])
def test_csv_text_that_is_no_such_number_is_refused(cell: str) -> None:
    """Leniency ends where a number would have to be guessed."""
    assert isinstance(_entry({**LAP, "lap": cell, "at_ms": "5"}, text=True), Rejection)


def test_a_row_longer_than_its_header_is_refused() -> None:
    """`csv.DictReader` puts the cells left over under None."""
    assert isinstance(_entry({**LAP, None: ["5"]}, text=True), Rejection)


def test_every_type_is_in_the_schema() -> None:
    """The OpenAPI document shows what is accepted, and only that."""
    assert set(ENTRY_SCHEMA["discriminator"]["mapping"]) == set(TYPES)


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"laps": 0}, "laps: got 0"),
        ({"laps": "many"}, "laps: got 'many'"),
        ({"cars": []}, "cars: got []"),
        ({"cars": [{"car": "1"}, {"car": "1"}]}, "each car once; 1 stands there more often"),
        ({"cars": [{"driver": "Bell"}]}, "cars.0.car: got nothing"),
        ({"lapz": 3}, "lapz: got 3, want: no such field"),
        ({"name": "\ud800"}, "name: got"),
    ],
)
def test_a_bad_declaration_says_where_it_is_bad(declared: dict[str, Any], says: str) -> None:
    """Whoever declares a race reads which field to change."""
    with pytest.raises(BadSpec) as error:
        kind.spec(declared)
    assert says in str(error.value)
    str(error.value).encode()


def test_a_declaration_may_hold_any_name() -> None:
    """Names of people and races are theirs to choose."""
    name = 'O\'Ward "Pato"\n\u2028🏁'
    spec = kind.spec({"name": name, "cars": [{"car": "5", "driver": name}]})
    rows = kind.fold(spec).outcome([]).rows
    assert rows["race"]["name"] == rows["standings"]["5"]["driver"] == name


def test_a_whole_number_may_be_written_with_a_point() -> None:
    """JSON knows one kind of number, and pandas writes a column with holes as 5.0."""
    lap = {"type": "lap", "car": "24", "lap": 5.0, "at_ms": 81000.0, "speed": 5.5}
    checked = kind.entry(lap, {}, seen_ms=0)

    assert isinstance(checked, Entry)
    assert (checked.uid, checked.data["lap"], checked.data["speed"]) == ("lap/24/5", 5, 5.5)


@pytest.mark.parametrize(
    "reported",
    [
        {"type": "note", "text": "mine", "uid": "decision/24/57"},
        {"type": "retract", "amends": "decision/24/57"},
        {"type": "pit_report", "amends": "decision/24/57", "car": "24", "lap": 57}
        | {"operator": "bo", "tires": 4, "service_ms": 9000},
    ],
)
def test_nothing_takes_the_place_of_a_decision(reported: dict[str, Any]) -> None:
    """A decision stands: its uid is not to be had, amended or retracted."""
    refused = kind.entry(reported, {}, seen_ms=0)

    assert isinstance(refused, Rejection)
    assert refused.got == "decision/24/57"

"""Readings of stats, folded: any order, in parts, with buckets that move on with time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive import kinds
from pitlive.feeds.arithmospora.configuration import Stat
from pitlive.feeds.arithmospora.reading import Point, entries, rows
from pitlive.messages import Entry, SetAside
from pitlive.web.checking import check

START_S, END_S = 1_488_542_400, 1_489_147_200
SPEC = kinds.KINDS["figures"].spec(
    {
        "kind": "figures",
        "start_ms": START_S * 1000,
        "end_ms": END_S * 1000,
        "periods": [{"granularity": 60, "cycles": 2}, {"granularity": 300, "cycles": -1}],
        "stats": [
            {"name": "other:how", "kind": "generic"},
            {"name": "proportion:total", "kind": "proportion"},
            {"name": "timed:votes", "kind": "timed"},
        ],
    }
)
HOW = Stat("other:how", "generic", "e:stats:how")
VOTES = Stat("timed:votes", "timed", "e:stats:votes", (60, 300))

Rows = dict[str, Any]


def checked(reported: Rows) -> Entry:
    """The entry of a reading, as the edge takes it."""
    entry = kinds.KINDS["figures"].entry(reported, SPEC, seen_ms=0)
    assert isinstance(entry, Entry), entry
    return entry


def folded(*batches: list[Entry]) -> dict[str, Rows]:
    """The state after some batches."""
    fold, state = kinds.of(SPEC).fold(SPEC), dict[str, Rows]()
    for batch in batches:
        for channel, changed in fold.apply(batch).rows.items():
            held = state.setdefault(channel, {})
            held |= changed
            state[channel] = {key: row for key, row in held.items() if row is not None}
    return state


points = st.dictionaries(st.sampled_from(["", "PG", "PG/T", "UG"]), st.integers(0, 9), max_size=4)


@given(st.lists(st.tuples(points, st.booleans()), min_size=1, max_size=8), st.randoms())
def test_readings_in_any_order_and_repeated_end_in_the_newest(
    read: list[tuple[dict[str, int], bool]], random: Any
) -> None:
    """Whole or what has changed: the state is what was read last."""
    told: list[Entry] = []
    before: Rows | None = None
    for us, (values, whole) in enumerate(read, 1):
        now = {key: {"n": value} for key, value in values.items()}
        base = None if whole else before
        told += [checked(one) for one in entries(HOW, us * 1000, base, now)]
        before = now
    shuffled = random.sample(told * 2, len(told) * 2)

    assert folded(told).get("other:how", {}) == before
    assert folded(*([one] for one in shuffled)).get("other:how", {}) == before


def test_a_reading_in_parts_counts_when_it_is_whole() -> None:
    """Half of it is never seen: it would be parent and children of two moments."""
    now = {f"{n}": {"n" * 100: n} for n in range(400)}
    first, *rest = (checked(one) for one in entries(HOW, 7000, None, now))
    assert len(rest) >= 2

    assert folded([first], rest[1:]).get("other:how", {}) == {}
    assert folded(rest, [first])["other:how"] == now


def test_buckets_are_zero_filled_and_a_window_moves_on_with_time() -> None:
    """As many as the whole time has, and the newest of the others; ticks move it, up to the end."""
    at_s = START_S + 3600
    votes = {f"60/{at_s // 60}": 5, f"300/{at_s // 300}": 7, "60/1": 3}
    (reading,) = (checked(one) for one in entries(VOTES, at_s * 1_000_000, None, votes))
    now = folded([reading])["timed:votes"]
    later = (at_s + 61) * 1000
    moved = folded([reading], [Entry("t", "tick", later, {})])["timed:votes"]
    ended = folded([reading], [Entry("t", "tick", (END_S + 9000) * 1000, {})])["timed:votes"]
    sixty = [key for key in now if key.startswith("60/")]

    assert len(now) == 2029 + 3
    assert now[f"300/{at_s // 300}"] == 7
    assert sorted(sixty) == [f"60/{at_s // 60 - n}" for n in (2, 1, 0)]
    assert moved[f"60/{at_s // 60}"] == 5
    assert moved[f"60/{at_s // 60 + 1}"] == 0
    assert f"60/{at_s // 60 - 2}" not in moved
    assert f"60/{(END_S + 300) // 60}" in ended


def test_time_is_due_when_the_window_moves_and_never_after_the_end() -> None:
    """The engine then says that it is later, and the oldest bucket goes."""
    fold = kinds.of(SPEC).fold(SPEC)
    fold.take([Entry("t", "tick", START_S * 1000 + 5, {})])
    assert fold.due_ms == (START_S + 60) * 1000
    fold.take([Entry("u", "tick", (END_S + 301) * 1000, {})])
    assert fold.due_ms is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stat": "proportion:nowhere"}, "stat"),
        ({"us": -1}, "us"),
        ({"part": 3, "parts": 2}, "part"),
        ({"rows": {"PG": {"current": 1}}}, "rows.PG"),
        ({"rows": {"PG": {"current": "x", "total": 1}}}, "rows.PG"),
        ({"rows": [1]}, "rows"),
        ({"gone": "PG"}, "gone"),
        ({"amends": "a"}, "amends"),
        ({"turnout": 5}, "turnout"),
        ({"type": "lap"}, "type"),
    ],
)
def test_a_reading_that_cannot_be_taken_is_refused_by_its_place(
    change: dict[str, Any], field: str
) -> None:
    """As a whole: a stat is of one moment, or stays as it was."""
    right = {"stat": "proportion:total", "us": 7, "rows": {"": {"current": 1, "total": 2}}}
    assert isinstance(kinds.of(SPEC).entry(right, SPEC, seen_ms=0), Entry)
    refused = kinds.of(SPEC).entry(right | change, SPEC, seen_ms=0)

    assert isinstance(refused, SetAside)
    assert refused.field == field
    assert refused.want


NAMES = st.text() | st.sampled_from(["stat", "us", "rows", "gone", "parts", "whole"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(NAMES, of, max_size=5),
    max_leaves=10,
)


@given(JSON | st.dictionaries(NAMES, JSON))
def test_no_json_breaks_the_edge(reported: Any) -> None:
    """Whatever comes is an entry, or refused with a field."""
    assert isinstance(kinds.of(SPEC).entry(reported, SPEC, seen_ms=0), Entry | SetAside)


def test_nothing_in_redis_is_0_and_what_is_no_number_is_shown_as_it_is() -> None:
    """As the programme has it; the text is then refused with its place."""
    total = Stat("proportion:total", "proportion", "e:stats:total")
    assert rows(total, [Point((), {})]) == {"": {"current": 0, "total": 0}}
    assert rows(HOW, [Point(("PG",), {b"web": b"4.5"})]) == {"PG": {"web": "4.5"}}


@pytest.mark.parametrize("row", ["60/" + "9" * 5000, "60", "60/x", "x" * 1001])
def test_a_path_that_no_bucket_has_is_refused(row: str) -> None:
    """Also one with thousands of digits, which no number is made of."""
    told = {"stat": "timed:votes", "us": 5, "rows": {row: 1}}
    refused = kinds.KINDS["figures"].entry(told, SPEC, seen_ms=0)
    assert isinstance(refused, SetAside)
    assert refused.field.startswith("rows")


def test_a_reading_of_years_ahead_does_not_make_all_others_old() -> None:
    """It is refused at the door; one that is in a log already is set aside."""
    now_ms = 1_700_000_000_000
    kind = kinds.KINDS["figures"]
    told = {"stat": "other:how", "us": 10**13 * 1000 // 2, "whole": True, "rows": {"": {"PG": 9}}}
    ahead = kind.entry(told, SPEC, seen_ms=now_ms)
    sound = kind.entry(told | {"us": now_ms * 1000, "rows": {"": {"PG": 1}}}, SPEC, seen_ms=now_ms)
    assert isinstance(ahead, Entry)
    assert isinstance(sound, Entry)
    fold = kind.fold(SPEC)
    outcome = fold.apply([ahead, sound])
    assert [one.field for one in outcome.aside] == ["at_ms"]
    assert outcome.rows["other:how"] == {"": {"PG": 1}}
    (refused,) = check([told], SPEC, seen_ms=now_ms, text=False, wall_ms=now_ms).refused.values()
    assert refused.want.startswith("at most 1d ahead of now")


def of_most(most: int, *told: Rows) -> tuple[dict[str, Rows], list[str]]:
    """The rows of single values after some readings, and what was said of those set aside."""
    spec = {
        "kind": "figures",
        "stats": [{"name": f"o:{n}", "kind": "single_value"} for n in "ab"],
        "most_groups": most,
    }
    whole = kinds.of(spec).spec(spec)
    fold, state, aside = kinds.of(spec).fold(whole), dict[str, Rows](), list[str]()
    for n, one in enumerate(told):
        entry = kinds.of(spec).entry({"stat": "o:a", "us": n * 10**6, **one}, whole, seen_ms=0)
        assert isinstance(entry, Entry), entry
        outcome = fold.apply([entry])
        aside += [refused.want for refused in outcome.aside]
        for channel, changed in outcome.rows.items():
            state.setdefault(channel, {}).update(changed)
    rows = {
        name: {key for key, row in held.items() if row is not None} for name, held in state.items()
    }
    return rows, aside


def test_a_reading_of_more_rows_than_there_is_room_for_is_set_aside() -> None:
    """All stats share the room; rows that are there are read on, and a whole reading makes room."""
    rows, aside = of_most(
        3,
        {"rows": {"x": 1, "y": 1}, "whole": True},
        {"stat": "o:b", "rows": {"": 1}, "whole": True},
        {"rows": {"z": 1}},
        {"rows": {"y": 2}, "gone": ["w"]},
        {"rows": {"x": 5}},
        {"rows": {"z": 1, "w": 1}, "whole": True},
    )
    assert rows == {"o:a": {"z", "w"}, "o:b": {""}}
    assert (
        aside
        == ["rows that are there: with these the source had 4, at most 3 are kept (most_groups)"]
        * 2
    )


def test_readings_that_never_end_are_bounded_and_one_in_parts_that_ends_is_not() -> None:
    """Parts that wait for the rest of theirs have as much room as what is kept."""
    first, last = {"parts": 2, "part": 1}, {"parts": 2, "part": 2}
    rows, aside = of_most(
        3,
        {"rows": {"x": 1, "y": 1}, **first, "us": 1},
        {"rows": {"x": 1, "z": 1}, **first, "us": 2},
        {"rows": {"z": 1}, **last, "us": 1, "whole": True},
        {"rows": {"x": 1, "y": 1, "z": 1}, **first, "us": 3},
        {"rows": {"z": 1}, **first, "us": 4},
    )
    want = "4 rows would wait for other parts of their readings, at most 3 may (most_groups)"
    assert aside == [f"the rest of what was begun: with this {want}"] * 2
    assert rows == {"o:a": {"x", "y", "z"}}

"""Readings of stats, folded: any order, in parts, with buckets that move on with time."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.arithmospora.feed.configuration import ConfiguredStat
from pitlive.arithmospora.feed.reading import Point, entries, rows
from pitlive.arithmospora.fold import FiguresState
from pitlive.arithmospora.spec import read as declared
from pitlive.kind import kind_of, kinds
from pitlive.messages import Entry, Rejection
from pitlive.web.checking import check

START_S, END_S = 1_488_542_400, 1_489_147_200
SPEC = kinds()["figures"].spec(
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
HOW = ConfiguredStat("other:how", "generic", "e:stats:how")
VOTES = ConfiguredStat("timed:votes", "timed", "e:stats:votes", (60, 300))

Rows = dict[str, Any]


def checked(reported: Rows) -> Entry:
    """The entry of a reading, as the edge takes it."""
    entry = kinds()["figures"].entry(reported, SPEC, seen_ms=0)
    assert isinstance(entry, Entry), entry
    return entry


def folded(*batches: list[Entry]) -> dict[str, Rows]:
    """The state after some batches."""
    fold, state = kind_of(SPEC).fold(SPEC), dict[str, Rows]()
    for batch in batches:
        for channel, changed in fold.outcome(batch).rows.items():
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
    fold = kind_of(SPEC).fold(SPEC)
    fold.apply([Entry("t", "tick", START_S * 1000 + 5, {})])
    assert fold.due_ms == (START_S + 60) * 1000
    fold.apply([Entry("u", "tick", (END_S + 301) * 1000, {})])
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
    assert isinstance(kind_of(SPEC).entry(right, SPEC, seen_ms=0), Entry)
    refused = kind_of(SPEC).entry(right | change, SPEC, seen_ms=0)

    assert isinstance(refused, Rejection)
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
    assert isinstance(kind_of(SPEC).entry(reported, SPEC, seen_ms=0), Entry | Rejection)


def test_nothing_in_redis_is_0_and_what_is_no_number_is_shown_as_it_is() -> None:
    """As the programme has it; the text is then refused with its place."""
    total = ConfiguredStat("proportion:total", "proportion", "e:stats:total")
    assert rows(total, [Point((), {})]) == {"": {"current": 0, "total": 0}}
    assert rows(HOW, [Point(("PG",), {b"web": b"4.5"})]) == {"PG": {"web": "4.5"}}


@pytest.mark.parametrize("row", ["60/" + "9" * 5000, "60", "60/x", "x" * 1001])
def test_a_path_that_no_bucket_has_is_refused(row: str) -> None:
    """Also one with thousands of digits, which no number is made of."""
    told = {"stat": "timed:votes", "us": 5, "rows": {row: 1}}
    refused = kinds()["figures"].entry(told, SPEC, seen_ms=0)
    assert isinstance(refused, Rejection)
    assert refused.field.startswith("rows")


def test_a_reading_of_years_ahead_does_not_make_all_others_old() -> None:
    """It is refused at the door; one that is in a log already is set aside."""
    now_ms = 1_700_000_000_000
    kind = kinds()["figures"]
    told = {"stat": "other:how", "us": 10**13 * 1000 // 2, "whole": True, "rows": {"": {"PG": 9}}}
    ahead = kind.entry(told, SPEC, seen_ms=now_ms)
    sound = kind.entry(told | {"us": now_ms * 1000, "rows": {"": {"PG": 1}}}, SPEC, seen_ms=now_ms)
    assert isinstance(ahead, Entry)
    assert isinstance(sound, Entry)
    fold = kind.fold(SPEC)
    outcome = fold.outcome([ahead, sound])
    assert [one.field for one in outcome.rejected] == ["at_ms"]
    assert outcome.rows["other:how"] == {"": {"PG": 1}}
    (refused,) = check([told], SPEC, seen_ms=now_ms, text=False, wall_ms=now_ms).refused.values()
    assert refused.want.startswith("at most 1d ahead of now")


ROOM = "at most 3 are kept (most_groups)"
WAIT = "at most 3 wait for other parts (most_groups)"


def of_most(most: int, *told: Rows) -> tuple[dict[str, Rows], list[tuple[str, Any, str]]]:
    """What single values are after some readings, and what was set aside: uid, got and want."""
    spec = {
        "kind": "figures",
        "stats": [{"name": f"o:{n}", "kind": "single_value"} for n in "ab"],
        "most_groups": most,
    }
    whole = kind_of(spec).spec(spec)
    fold, state, aside = kind_of(spec).fold(whole), dict[str, Rows](), []
    for n, one in enumerate(told):
        reported = {"stat": "o:a", "us": n * 10**6, "uid": f"u{n}", **one}
        entry = kind_of(spec).entry(reported, whole, seen_ms=0)
        assert isinstance(entry, Entry), entry
        outcome = fold.outcome([entry])
        aside += [(refused.uid, refused.got, refused.want) for refused in outcome.rejected]
        for channel, changed in outcome.rows.items():
            state.setdefault(channel, {}).update(changed)
    rows = {
        name: {key: next(iter(row.values())) for key, row in held.items() if row is not None}
        for name, held in state.items()
    }
    return rows, aside


def test_new_rows_without_room_are_set_aside_and_the_others_are_read_on() -> None:
    """All stats share the room; a whole reading makes some; nothing that is shown grows old."""
    rows, aside = of_most(
        3,
        {"rows": {"x": 1, "y": 1}, "whole": True},
        {"stat": "o:b", "rows": {"": 1}, "whole": True},
        {"rows": {"x": 2, "z": 1}},
        {"rows": {"y": 2}, "gone": ["w"]},
        {"rows": {"v": 1, "z": 3, "w": 1}, "whole": True},
        {"rows": {"v": 2, "w": 2}},
    )
    assert rows == {"o:a": {"v": 2, "z": 3}, "o:b": {"": 1}}
    want = f"rows that are there: 1 of o:a is new, {ROOM}"
    assert aside == [(f"u{n}", [key], want) for n, key in ((2, "z"), (3, "w"), (4, "w"), (5, "w"))]


def test_what_is_shown_is_of_one_moment_though_there_was_no_room_for_all() -> None:
    """The feed was told 200 and sends a row again when it changes: what is there is to be taken."""
    told: list[Rows] = [
        {"rows": {"a": 1, "b": 1}, "whole": True},
        {"rows": {"a": 2, "c": 1}},
        {"rows": {"b": 2}},
    ]
    rows, aside = of_most(2, *told)
    assert rows == {"o:a": {"a": 2, "b": 2}}
    assert [(uid, got) for uid, got, _ in aside] == [("u1", ["c"])]


def test_of_many_rows_without_room_some_are_named() -> None:
    """The list of what was set aside is kept: it does not hold a reading."""
    _, ((_, got, want),) = of_most(1, {"rows": {f"{n}": n for n in range(1000)}})
    assert got == [*"123456789", "10", "…"]
    assert want.startswith("rows that are there: 999 of o:a are new, ")


def test_a_late_whole_reading_makes_no_room_that_is_not_there() -> None:
    """Newer rows stay beside its own."""
    rows, aside = of_most(
        3,
        {"rows": {"a": 1, "b": 1, "c": 1}, "us": 10},
        {"rows": {"d": 1, "e": 1, "a": 0}, "us": 5, "whole": True},
    )
    assert rows == {"o:a": {"a": 1, "b": 1, "c": 1}}
    assert [got for _, got, _ in aside] == [["d", "e"]]


def test_readings_that_never_end_are_bounded_and_the_newest_can_end() -> None:
    """Parts have as much room as what is kept; the oldest are given up, all that are shown end."""
    first, last = {"parts": 2, "part": 1}, {"parts": 2, "part": 2}
    rows, aside = of_most(
        3,
        {"rows": {"x": 1, "y": 1}, **first, "us": 1},
        {"rows": {"x": 2, "z": 2}, **first, "us": 2},
        {"rows": {"y": 0, "z": 0}, **first, "us": 1},
        {"rows": {"y": 2}, **last, "us": 2, "whole": True},
        {"rows": {"v": 3, "x": 3, "y": 3, "z": 3}, **first, "us": 3},
        {"rows": {"w": 3}, **last, "us": 3},
    )
    gone = f"the rest of the reading before {{}} rows of o:a have to go: {WAIT}"
    assert aside == [
        ("u0", ["x", "y"], gone.format(2)),
        ("u2", ["y", "z"], gone.format(2)),
        ("u4", ["v"], gone.format(1)),
        ("u5", ["w"], f"rows that are there: 1 of o:a is new, {ROOM}"),
    ]
    assert rows == {"o:a": {"x": 3, "y": 3, "z": 3}}


def test_parts_without_rows_are_bounded_too() -> None:
    """Each counts as one."""
    _, aside = of_most(3, *({"parts": 2, "us": n} for n in range(5)))
    assert [uid for uid, _, _ in aside] == ["u0", "u1"]


@given(st.lists(st.tuples(points, st.booleans()), min_size=1, max_size=8), st.integers(1, 4))
def test_whatever_room_there_is_no_row_is_older_than_what_was_read_last(
    read: list[tuple[dict[str, int], bool]], most: int
) -> None:
    """In parts of one row each: some rows are not there, and none is of another moment."""
    told: list[Entry] = []
    before: Rows | None = None
    spec = {**SPEC, "most_groups": most}
    for us, (now, whole) in enumerate(read, 1):
        new = {key: {"n": n} for key, n in now.items()}
        base = None if whole else before
        for one in entries(HOW, us * 1000, base, new):
            rows = [{key: row} for key, row in one["rows"].items()] or [{}]
            of = {**one, "parts": len(rows), "gone": []}
            told += [checked({**of, "part": n, "rows": row}) for n, row in enumerate(rows[1:], 2)]
            told.append(checked({**one, "parts": len(rows), "rows": rows[0]}))
        before = new
    fold, state = kind_of(spec).fold(spec), dict[str, Any]()
    one_by_one = [fold.outcome([entry]) for entry in told]
    for outcome in one_by_one:
        state |= outcome.rows.get("other:how", {})
    shown = {key: row for key, row in state.items() if row is not None}
    assert shown.items() <= (before or {}).items()
    assert len(shown) <= most
    at_once = kind_of(spec).fold(spec).outcome(told)
    batch = at_once.rows.get("other:how", {})
    assert {key: row for key, row in batch.items() if row is not None} == shown
    assert at_once.rejected == [one for outcome in one_by_one for one in outcome.rejected]


def test_time_alone_does_not_fill_the_room_of_a_timed_stat() -> None:
    """Buckets that are shown no more are not kept, of any stat; nor are late ones, nor others."""
    spec = {**SPEC, "periods": [{"granularity": 60, "cycles": 2}], "most_groups": 5}
    fold = kind_of(spec).fold(spec)
    minute, state = START_S // 60, dict[str, Any]()
    early = {"stat": "timed:votes", "us": START_S * 10**6, "whole": True, "rows": {}}
    told = [checked({"stat": "other:how", "us": 5, "rows": {"": {}, "PG": {}}}), checked(early)]
    for now in range(minute, minute + 100):
        rows = {f"60/{now}": 1, f"60/{now - 1}": 2, f"60/{now - 7}": 9, "61/5": 1}
        told.append(checked({"stat": "timed:votes", "us": now * 60 * 10**6, "rows": rows}))
    for entry in told:
        outcome = fold.outcome([entry])
        assert not outcome.rejected
        state |= outcome.rows.get("timed:votes", {})
    shown = {key: row for key, row in state.items() if row is not None}
    assert shown == {f"60/{now}": 1, f"60/{now - 1}": 2, f"60/{now - 2}": 2}
    far = {"stat": "timed:votes", "us": (now + 50) * 60 * 10**6, "rows": {f"60/{now + 50}": 4}}
    assert fold.outcome([checked(far)]).rows["timed:votes"][f"60/{now + 50}"] == 4


@pytest.mark.parametrize("key", ["x", "60/", "60/x", "060/1", "60/01", "60/1/2", "PG"])
def test_what_is_no_bucket_is_refused_and_breaks_no_log_that_has_it(key: str) -> None:
    """A bucket is written in one way: another would be shown beside it, and never be past."""
    us = START_S * 10**6
    for field, told in (("gone", {"gone": [key]}), (f"rows.{key}", {"rows": {key: 1}})):
        refused = kind_of(SPEC).entry({"stat": "timed:votes", "us": us, **told}, SPEC, seen_ms=0)
        assert isinstance(refused, Rejection)
        assert (refused.field, refused.want[:22]) == (field, "<granularity>/<bucket>")
    bucket = f"60/{START_S // 60}"
    data = {"stat": "timed:votes", "us": us, "rows": {bucket: 1, key: 1}, "gone": [f"{key}0"]}
    logged = Entry("old", "reading", START_S * 1000, {**data, "whole": True})
    assert folded([logged])["timed:votes"][bucket] == 1
    assert key not in folded([logged])["timed:votes"]


def test_what_was_set_aside_or_has_not_ended_does_not_say_what_time_it_is() -> None:
    """Nothing of it is in a figure, so no window moves for it."""
    fold = FiguresState(declared({**SPEC, "most_groups": 2}))
    at_s = START_S + 600
    rows = {f"300/{at_s // 300}": 5}
    votes = {"stat": "timed:votes", "us": at_s * 10**6, "rows": rows, "whole": True}
    how = {"stat": "other:how", "us": at_s * 10**6, "rows": {"": {"n": 1}}, "whole": True}
    fold.apply([checked(votes), checked(how)])
    later = {**how, "whole": False, "us": (at_s + 3600) * 10**6}
    (refused,) = fold.apply([checked({**later, "rows": {"PG": {"n": 1}}})])
    assert refused.got == ["PG"]
    assert fold.apply([checked({**later, "parts": 2})]) == []
    assert fold.now_ms == at_s * 1000
    assert fold.rows()["timed:votes"][f"60/{at_s // 60}"] == 0
    fold.apply([checked({**later, "rows": {"": {"n": 2}, "PG": {"n": 1}}})])
    assert fold.now_ms == (at_s + 3600) * 1000


def test_an_entry_costs_the_same_however_much_waits() -> None:
    """Steps of Python are counted, not seconds."""

    def steps(waiting: int) -> int:
        fold, counted = kind_of(SPEC).fold(SPEC), 0
        told = {"stat": "other:how", "rows": {"": {"n": 1}}}
        fold.apply([checked({**told, "us": 10**6 + n, "parts": 2}) for n in range(waiting)])
        entry = checked({**told, "us": 5})

        def count(*_: Any) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            fold.apply([entry])
        finally:
            sys.setprofile(None)
        return counted

    assert steps(2000) < 2 * steps(2)

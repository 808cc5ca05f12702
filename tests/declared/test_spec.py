"""Declarations: what is wrong is said, all of it, by its place."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.declared.fold import DeclaredState
from pitlive.declared.validation import check, look, read
from pitlive.errors import BadSpec
from pitlive.kind import kind_of
from pitlive.messages import Entry
from tests.declared.declared import EVERYTHING, RIGHT, WHOLE

KIND = kind_of(EVERYTHING)
CHECKED = KIND.spec(EVERYTHING)

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below),
    max_leaves=6,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a value, its own first."""
    inner: Any = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [at, *(place for name, one in inner for place in places(one, (*at, name)))]


def spoiled(declared: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The declaration with something else in one place."""
    if not place:
        return value
    copy = deepcopy(declared)
    inner = copy
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return copy


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(EVERYTHING)[1:]), json), min_size=1, max_size=3))
def test_whatever_stands_somewhere_it_is_taken_or_refused_with_its_place(spoils: Any) -> None:
    """Never a crash; a place, what was there and what would do, one line each."""
    declared = EVERYTHING
    for place, value in spoils:
        if place in places(declared):
            declared = spoiled(declared, place, value)
    spec, problems = look(declared)
    assert (spec is None) == bool(problems)
    for problem in problems:
        assert problem.path
        assert problem.want
        assert str(problem).isprintable()
        assert ": got " in str(problem)
    if spec is not None:
        assert read(check(declared)) == spec


FIELDS = st.sampled_from(
    [
        "type",
        "uid",
        "at_ms",
        "revision",
        "amends",
        "origin",
        "order",
        "item",
        "quantity",
        "price",
        "paid",
        "ordered",
        "t",
        "é",
    ]
)
NEARLY = st.sampled_from(
    ["order", "delivery", "retract", "tick", "bolt", "01.09.2011 08:25", "7.5", "-1", "true", ""]
) | st.sampled_from([1, 0, -1, 2.5, 10**13, True, float("nan"), 2**70])


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(FIELDS, NEARLY | json) | json, st.booleans())
def test_whatever_is_reported_it_is_an_entry_or_told_why_not(reported: Any, text: bool) -> None:
    """Never a crash: a field, what was there, and what would do."""
    made = KIND.entry(reported, CHECKED, seen_ms=5, text=text)
    if isinstance(made, Entry):
        assert 0 <= made.at_ms <= 10**13
        assert made.uid
    else:
        assert made.field
        assert made.want
        assert orjson.loads(orjson.dumps(made.got)) == made.got


def test_all_problems_are_told_at_once() -> None:
    """In the shape, in what fits together, in expressions: nobody mends them one by one."""
    declared = deepcopy(RIGHT)
    declared["lateness_ms"] = "2000"
    declared["entries"]["order"]["fields"]["paid"] = "bool"
    declared["entries"]["order"]["uid"] = ["number"]
    declared["entries"]["order"]["derived"]["value"]["expression"] = "quantity * prize"
    declared["stats"][0]["of"] = "item"
    declared["stats"][1]["where"] = "quantity >= 10 and item > 'bolt'"
    declared["stats"][2] |= {"k": 0, "by": ["items"]}
    declared["stats"] += [{"name": "best", "kind": "count"}, {"name": "x", "kind": "median"}]
    declared["page"]["widgets"] += [{"stats": ["large", "small"], "look": "graph"}]

    assert sorted(problem.path for problem in look(declared)[1]) == [
        "entries.order.derived.value.expression",
        "entries.order.fields.paid.type",
        "entries.order.uid.0",
        "lateness_ms",
        "page.widgets.2.look",
        "page.widgets.2.stats.1",
        "stats.0.of",
        "stats.1.where",
        "stats.2.by.0",
        "stats.2.k",
        "stats.4.name",
        "stats.5.kind",
    ]


def test_a_source_goes_on_where_the_widget_that_its_page_names_is_gone() -> None:
    """Its package may have been removed, or never been where a file is read; only a picture is."""
    page = {"widgets": [{"stats": ["turnover"], "look": "gone"}]}
    assert [one.path for one in look({**RIGHT, "page": page})[1]] == ["page.widgets.0.look"]
    stored = {**KIND.spec(RIGHT), "page": page}
    entry = {"order": "a", "item": "bolt", "quantity": 2, "price": 1.5, "paid": True}
    taken = KIND.entry(entry, stored, seen_ms=5)
    assert isinstance(taken, Entry)
    assert KIND.fold(stored).apply([taken]) == []


@pytest.mark.parametrize(
    ("part", "got", "said"),
    [
        ("stat", "stok", "stats.{n}.stat: got 'stok', want a stat with figures: turnover, large"),
        ("stat", "best", "stats.{n}.stat: got 'best', want a stat with figures: turnover, large"),
        ("figure", "lvl", "stats.{n}.figure: got 'lvl', want one of level, taken, added"),
        ("clear", 4, "stats.{n}.clear: got 4, want at least low, 5.0"),
        ("by", ["item"], "stats.{n}.by: got ['item'], want none: it is for the stat to say"),
    ],
)
def test_a_rule_that_does_not_fit_its_stat_is_refused(part: str, got: Any, said: str) -> None:
    """It is told what would fit."""
    (n,) = [n for n, stat in enumerate(WHOLE["stats"]) if stat["name"] == "low"]
    _, problems = look(spoiled(WHOLE, ("stats", n, part), got))
    assert [str(one)[: len(said.format(n=n))] for one in problems] == [said.format(n=n)]


def test_a_message_says_where_what_was_there_and_what_would_do() -> None:
    """As `BadSpec`, one line each."""
    declared = spoiled(RIGHT, ("stats", 0, "of"), "valu")
    fields = "order, item, quantity, price, paid, value"
    with pytest.raises(BadSpec) as bad:
        kind_of(declared).spec(declared)
    assert str(bad.value) == f"stats.0.of: got 'valu', want one of {fields}"


def test_conditions_and_derived_numbers_are_in_the_figures() -> None:
    """A derived number is missing where a part of it is; a correction takes its old value out."""
    told = [
        Entry("a", "order", 1, {"item": "bolt", "quantity": 10, "price": 0.35, "paid": False}),
        Entry("b", "order", 2, {"item": "bolt", "quantity": 12, "price": 1.5, "paid": True}),
        Entry("c", "order", 3, {"item": "nut", "quantity": 30, "paid": False}),
    ]
    state = DeclaredState(read(RIGHT))
    assert state.outcome(told).rows == {
        "turnover": {"bolt": {"count": 2, "sum": 21.5, "mean": 10.75}},
        "large": {"": {"count": 2}},
        "best": {"": [{"place": 1, "key": "bolt", "value": 21.5, "count": 2}]},
        "minutes": {"60/0": 3, "300/0": 3, "3600/0": 3},
    }
    less = Entry("a", "order", 1, {**told[0].data, "quantity": 2}, revision=1)
    rows = state.outcome([less]).rows
    assert rows["large"] == {"": {"count": 1}}
    assert rows["turnover"] == {"bolt": {"count": 2, "sum": 18.7, "mean": 9.35}}


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("url", "ftp://till.example/", "want an http or https URL of a host"),
        ("url", "https:///till", "want an http or https URL of a host"),
        ("url", "https://till.example:0/", "want an http or https URL of a host"),
        ("url", "https://till.example:x/", "want an http or https URL of a host"),
        ("url", "https://me:secret@till.example/", "without user, password and fragment"),
        ("url", "https://till.example/\r\nX: y", "want an http or https URL of a host"),
        ("stat", "turnovers", "want one of turnover, large, best, minutes"),
        ("on", "off", "want a rule (there is none), or on = 'change', for mean has no runs"),
        ("on", "never", "want 'on', 'off', 'both' or 'change'"),
        ("name", "a b", "want a name that matches"),
        ("attempts", 0, "want greater than or equal to 1"),
        ("password", "x", "want no such part; one of name, stat, url, on, only, secret"),
    ],
)
def test_a_webhook_that_could_not_tell_is_refused(part: str, value: Any, said: str) -> None:
    """Where the declaration is made, and not where a courier meets it."""
    (problem,) = look(spoiled(RIGHT, ("webhooks", 0, part), value))[1]
    assert problem.path == f"webhooks.0.{'stat' if value == 'off' else part}"
    assert said in problem.said


def test_webhooks_have_names_of_their_own() -> None:
    """A notice says by whom it is sent."""
    (problem,) = look(RIGHT | {"webhooks": RIGHT["webhooks"] * 2})[1]
    assert str(problem) == "webhooks.1.name: got 'till', want a name of its own"

"""Checked by column or one by one: the same entries, and the same refusals at the same places."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.declaration.fields import EXACT
from pitlive.kind import kind_of
from pitlive.messages import Entry, Rejection
from pitlive.web import checking

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {
        "order": {
            "fields": {
                "item": "text",
                "how": {"type": "text", "one_of": ["web", "shop"], "required": False},
                "quantity": {"type": "integer", "min": 1, "max": 99},
                "price": {"type": "number", "decimals": 2, "required": False},
                "weight": {"type": "number", "max": 1e300, "required": False},
                "share": {"type": "number", "decimals": 1, "rounds": True, "required": False},
                "paid": {"type": "boolean", "required": False},
            }
        },
        "arrival": {
            "uid": ["item", "number"],
            "revision": "number",
            "at": {"field": "when", "unit": "s"},
            "fields": {"item": "text", "number": "integer"},
        },
    },
}
SPEC = kind_of(DECLARED).spec(DECLARED)

texts = st.sampled_from(["bolt", "", "web", "63", "a/b", "x" * 201, "\ud800", "é"])
numbers = st.sampled_from([0, 1, 5, 5.0, 2.25, 0.125, -0.0, 1e22, 1e301, float("nan"), EXACT, True])
values = texts | numbers | st.none() | st.sampled_from([10**13, 2**70, [1, None], {"a": 1.0}, "7"])
order = st.fixed_dictionaries(
    {
        "uid": st.sampled_from(["a", "b", "c"]),
        "item": st.sampled_from(["bolt", "nut"]),
        "quantity": st.integers(1, 9),
    }
)
arrival = st.fixed_dictionaries(
    {
        "type": st.just("arrival"),
        "item": st.sampled_from(["bolt", "a/b"]),
        "number": st.integers(0, 9),
        "when": st.sampled_from([1, 2.5, "7"]),
    }
)
NAMES = (
    "type uid item how quantity price weight share paid number when at_ms revision amends origin "
    "retract id seen_ms more"
)
names = st.sampled_from([*NAMES.split(), "\ud800"])
alike = st.builds(
    lambda rows, more: [row | more for row in rows],
    st.lists(order, min_size=9, max_size=20) | st.lists(arrival, min_size=9, max_size=20),
    st.dictionaries(names, values, max_size=2),
)
one_wrong = st.builds(
    lambda rows, at, broken: [*rows[: at % len(rows)], broken, *rows[at % len(rows) :]],
    alike,
    st.integers(0, 99),
    st.builds(lambda a, b: a | b, order, st.dictionaries(names, values, max_size=3)) | values,
)
mixed = st.builds(lambda a, b, c: a[:9] + b[:9] + c[:9], one_wrong, alike, alike)


def one_by_one(things: list[Any], text: bool) -> list[Entry | Rejection]:
    """What each thing is, looked at alone."""
    check = kind_of(SPEC).entry
    return [t if isinstance(t, Rejection) else check(t, SPEC, seen_ms=7, text=text) for t in things]


def written(entries: Iterable[Entry]) -> list[str]:
    """Entries so that 5 is not 5.0, whatever the order of their fields."""
    envelope = attrgetter("uid", "type", "at_ms", "revision", "amends", "retract", "origin")
    return [repr((envelope(entry), sorted(entry.data.items()))) for entry in entries]


def same(things: list[Any], *, text: bool) -> None:
    """Compare both ways to look at things."""
    checked = checking.check(things, SPEC, seen_ms=7, text=text)
    want = one_by_one(things, text)
    why = {n: made for n, made in enumerate(want) if isinstance(made, Rejection)}

    assert written(checked.batch) == written(made for made in want if isinstance(made, Entry))
    assert repr(checked.refused) == repr(why)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(things=alike | one_wrong | mixed)
def test_many_at_once_are_what_each_is_alone(things: list[Any]) -> None:
    """Whatever JSON is reported: the fields kept, their types, their order, the reasons."""
    same(things, text=False)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"item": texts, "uid": st.sampled_from(["a", "b"])},
            optional={
                "quantity": st.sampled_from(["1", " 2", "x", "7.0"]),
                "price": st.sampled_from(["1.25", "1.255", "1e3"]),
                "paid": st.sampled_from(["yes", "0", "maybe"]),
                "at_ms": st.sampled_from(["5", "-1"]),
            },
        ),
        min_size=9,
        max_size=20,
    )
)
def test_rows_of_a_table_are_too(rows: list[Any]) -> None:
    """The same with every value as text, and with what could not be read among them."""
    same([*rows, Rejection("", "entry", "x", "a row"), *rows], text=True)


@pytest.mark.parametrize("size", [9, 1000])
def test_what_is_all_right_is_one_part(size: int) -> None:
    """Such as the log and the fold like best."""
    rows = [{"uid": f"u{n}", "item": "bolt", "quantity": 1, "price": 2.5} for n in range(size)]
    checked = checking.check(rows, SPEC, seen_ms=7, text=False)

    assert [len(part.places) for part in checked.batch.parts] == [size]
    assert checked.refused == {}

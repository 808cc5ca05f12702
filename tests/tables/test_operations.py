"""Operations on columns, held to Python's own whole numbers, which have no end."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.messages import Entry, Rejection
from pitlive.tables.fold import TableState
from pitlive.tables.kind import TABLE as kind
from pitlive.tables.validation import known
from tests.tables.told import checked, declared, refused

AMOUNTS = st.integers(-200, 200) | st.integers(-(2**60), 2**60)
VALUES = AMOUNTS | st.sampled_from([0.5, -0.25, 0.125, 1e300, float("nan"), None, "7", True])
FIELDS = st.fixed_dictionaries(
    {"column": st.integers(-1, 3)},
    optional={name: VALUES for name in ("k", "a", "b", "m", "v", "seed", "low", "high")},
)
TYPES = st.sampled_from(["add", "affine", "fill", "row_index", "random"])
OPERATIONS = st.builds(lambda type, fields: {"type": type, **fields}, TYPES, FIELDS)
LIMIT = Fraction(2**53)


def oracle(before: list[Fraction], done: dict[str, Any]) -> list[Fraction]:
    """The column after an operation, computed cell by cell without any bound."""
    of = {name: Fraction(str(value)) for name, value in done.items() if name != "type"}
    if done["type"] == "add":
        return [x + of["k"] for x in before]
    if done["type"] == "affine":
        made = [of["a"] * x + of["b"] for x in before]
        return [x % of["m"] for x in made] if "m" in of else made
    if done["type"] == "fill":
        return [of["v"]] * len(before)
    return [of["k"] * row for row in range(len(before))]


def cells(state: TableState, column: int) -> list[Fraction]:
    """A column as numbers."""
    one = state.columns[column]
    return [Fraction(int(value), one.scale) for value in one.values]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(OPERATIONS, max_size=12))
def test_a_column_is_what_exact_arithmetic_says_or_it_is_as_it_was(
    operations: list[dict[str, Any]],
) -> None:
    """Whatever is asked: done in every row, or refused with the reason and nothing changed."""
    spec = declared()
    state = TableState(known(spec))
    for n, reported in enumerate(operations):
        entry = kind.entry({**reported, "uid": f"u{n}"}, spec, seen_ms=1)
        if isinstance(entry, Rejection):
            assert entry.field in {*reported, "k", "a", "b", "v", "seed"}
            assert entry.want
            continue
        number = entry.data["column"]
        before, version = cells(state, number), state.columns[number].version
        outcome = state.outcome([entry])
        column = state.columns[number].declared
        low = -LIMIT if column.min is None else Fraction(column.min)
        high = LIMIT if column.max is None else Fraction(column.max)
        if entry.type == "random":
            want = cells(state, number)
        else:
            want = oracle(before, {"type": entry.type, **entry.data})
        scaled = [x * state.columns[number].scale for x in want]
        fits = all(low <= x <= high and abs(s) <= LIMIT for x, s in zip(want, scaled, strict=True))
        assert bool(outcome.rejected) is not fits
        assert cells(state, number) == (want if fits else before)
        assert state.columns[number].version == version + fits


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-100, 100), st.integers(0, 100))
def test_a_random_column_is_the_same_for_the_same_seed(seed: int, low: int, more: int) -> None:
    """And all of it lies between its ends."""
    said = {"type": "random", "column": 1, "seed": seed, "low": low, "high": min(100, low + more)}
    spec = declared(rows=50)
    made = []
    for _ in range(2):
        state = TableState(known(spec))
        assert state.outcome(checked([said], spec)).rejected == []
        made.append(state.columns[1].values.tolist())

    assert made[0] == made[1]
    assert all(said["low"] <= value <= said["high"] for value in made[0])


def test_a_random_column_does_not_depend_on_the_version_of_numpy() -> None:
    """The bits of PCG64 are promised, what a Generator makes of them is not."""
    spec = declared(rows=4)
    state = TableState(known(spec))
    state.outcome(checked([{"type": "random", "column": 0, "seed": 1}], spec))

    assert state.columns[0].values.tolist() == [127, 86, 885, 778]


@pytest.mark.parametrize(
    ("reported", "field", "want"),
    [
        ({"type": "add", "k": 1, "column": 3}, "column", "a whole number from 0 to 2"),
        ({"type": "add", "k": 1, "column": -1}, "column", "a whole number from 0 to 2"),
        ({"type": "add", "k": 1, "column": "abc"}, "column", "a whole number from 0 to 2"),
        ({"type": "add", "k": 1, "column": 2.5}, "column", "a whole number from 0 to 2"),
        ({"type": "add", "k": 1, "column": ""}, "column", "a whole number from 0 to 2"),
        ({"type": "add", "k": 1}, "column", "a whole number from 0 to 2"),
        ({"type": "fill", "v": 101, "column": 1}, "v", "a whole number from -100 to 100"),
        ({"type": "add", "k": 1, "c": 3, "column": 1}, "c", "no such field; one of column, k"),
        ({"type": "double", "column": 1}, "type", "one of add, affine, fill, row_index, random"),
        ({"type": "cell", "column": 0, "row": 6, "value": 1}, "row", "a whole number from 0 to 5"),
        ({"type": "affine", "a": 1, "b": 0, "m": 0, "column": 1}, "m", "above 0"),
        ({"type": "random", "seed": 1, "low": 5, "high": 4, "column": 0}, "low", "at most high"),
        ({"type": "random", "seed": 1, "high": -1, "column": 0}, "high", "at least low"),
        ({"type": "add", "k": 1, "column": 0, "revision": 1}, "revision", "stands"),
        ({"type": "message", "text": ""}, "text", "a text of 1 to 2000 characters"),
        ({"type": "message", "text": "x", "to": "a*"}, "to", "a user of 1 to 200 characters"),
    ],
)
def test_what_is_refused_at_the_door_says_what_would_do(
    reported: dict[str, Any], field: str, want: str
) -> None:
    """The field, and in words what it takes."""
    why = refused({"uid": "a", **reported})
    assert (why.field, want in why.want) == (field, True), why


def test_an_entry_needs_a_uid_for_a_retry_must_not_be_done_twice() -> None:
    """Nothing in an operation tells it from the same one meant a second time."""
    assert refused({"type": "add", "k": 1, "column": 0}).field == "uid"


def test_a_table_of_a_spreadsheet_is_read_as_text() -> None:
    """CSV has no numbers."""
    row = {"type": "cell", "uid": "a", "column": "0", "row": "3", "value": "17", "row_version": ""}
    made = kind.entry(row, declared(), seen_ms=1, text=True)
    assert isinstance(made, Entry)
    assert made.data == {"column": 0, "row": 3, "value": 17}

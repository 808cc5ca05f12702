"""What readers are told: patches that lead from any published state to the new one."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from pitlive.engine.mirror import Mirror
from tests.checker import merge

names = st.text(max_size=3)
leaves = (
    st.integers(-3, 3)
    | st.text(max_size=2)
    | st.booleans()
    | st.lists(st.none() | st.integers(-3, 3))
)
rows = st.recursive(leaves, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6)
states = st.dictionaries(names, rows, max_size=4)


def differs(one: Any, other: Any) -> bool:
    """Compare as JSON text does: 1 and true are not the same."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) != orjson.dumps(
        other, option=orjson.OPT_SORT_KEYS
    )


@given(st.lists(states, min_size=1, max_size=5))
def test_patches_lead_from_each_state_to_the_next(history: list[dict[str, Any]]) -> None:
    """A reader who applies every patch has the state, whatever it was before."""
    mirror, reader = Mirror(), {}
    for state in history:
        gone = mirror.missing_from({"c": state}).get("c", {})
        changes = mirror.changes({"c": {**gone, **state}}, at_ms=0)
        mirror.record({"c": {**gone, **state}})
        for change in changes:
            reader = merge(reader, orjson.loads(change.message)["data"])
        assert not differs(reader, state)


@given(states)
def test_what_did_not_change_is_not_said(state: dict[str, Any]) -> None:
    """A fold may name rows that came out as they were; readers hear nothing."""
    mirror = Mirror()
    mirror.record({"c": state})

    assert mirror.changes({"c": state, "d": {"x": None}}, at_ms=0) == []


def test_only_the_cells_that_changed_are_sent_and_whole_rows_are_stored() -> None:
    """A lap costs a few dozen bytes on the wire."""
    mirror = Mirror()
    mirror.record({"standings": {"24": {"place": 1, "laps": 7}, "5": {"place": 2}}})
    (change,) = mirror.changes({"standings": {"24": {"place": 1, "laps": 8}, "5": None}}, at_ms=9)

    assert orjson.loads(change.message)["data"] == {"24": {"laps": 8}, "5": None}
    assert change.rows == {"24": b'{"place":1,"laps":8}', "5": None}

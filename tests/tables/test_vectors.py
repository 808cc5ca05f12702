"""The vectors that the fold of a table and its page in the browser are both held to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.messages import Entry, Json, Rejection
from pitlive.tables.fold import CELL, CHANGES, TableState
from pitlive.tables.kind import TABLE as kind
from pitlive.tables.operations import OPERATIONS
from pitlive.tables.packed_columns import PACKED, page
from pitlive.tables.validation import known

VECTORS = json.loads(Path(__file__).parent.parent.joinpath("vectors/tables.json").read_text())[
    "vectors"
]


class Server:
    """A table as it is behind the door: entries in, what is told of them or why not out."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self._spec = kind.spec({"kind": "table", **declared})
        self._state = TableState(known(self._spec))
        self._sent = 0

    def send(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        """Report an entry, and return what becomes of it as a step of a vector has it."""
        self._sent += 1
        made = kind.entry({"uid": f"u{self._sent}", **entry}, self._spec, seen_ms=self._sent)
        if isinstance(made, Entry):
            outcome = self._state.outcome([made])
            if not outcome.rejected:
                return {"told": next(map(_untimed, outcome.rows.get(CHANGES, {}).values()), None)}
            (made,) = outcome.rejected
        return {"refused": _said(made)}

    def page(self) -> dict[str, Json]:
        """Return all rows, as `GET …/rows` has them."""
        state = self._state
        counts = state.changed.astype(PACKED).tobytes()
        columns = {n: one.values.astype(PACKED).tobytes() for n, one in enumerate(state.columns)}
        return page({n: one.row for n, one in enumerate(state.columns)}, counts, columns)


def _untimed(said: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out when it was: vectors are of any time."""
    return {name: value for name, value in said.items() if name != "seen_ms"}


def _said(why: Rejection) -> dict[str, Json]:
    said = {"field": why.field, "got": why.got, "want": why.want}
    return said if why.stands is None else said | {"stands": _untimed(why.stands)}


@pytest.mark.parametrize("vector", VECTORS, ids=[one["name"] for one in VECTORS])
def test_the_server_does_what_the_vectors_say(vector: dict[str, Any]) -> None:
    """Each entry is told or refused in these words, and leaves this page."""
    server = Server(vector["declared"])
    held = vector["before"]
    assert server.page() == held
    for step in vector["steps"]:
        assert server.send(step["entry"]) == {k: step[k] for k in ("told", "refused") if k in step}
        held = step.get("after", held)
        assert server.page() == held


def test_there_are_vectors_of_every_operation() -> None:
    """One that is new needs some, for the browser has to know it or to leave it alone."""
    told = {step["entry"]["type"] for one in VECTORS for step in one["steps"] if step.get("told")}
    assert told == {*OPERATIONS, CELL}


NUMBERS = st.integers(-9, 9)
CHANGES_MADE = st.one_of(
    st.builds(lambda k, c: {"type": "add", "column": c, "k": k}, NUMBERS, st.integers(0, 1)),
    st.builds(lambda v, c: {"type": "fill", "column": c, "v": v}, NUMBERS, st.integers(0, 1)),
    st.builds(
        lambda column, row, value, guard: {
            **{"type": "cell", "column": column, "row": row, "value": value},
            **({} if guard is None else {"row_version": guard}),
        },
        *(st.integers(0, 1), st.integers(0, 2), NUMBERS, st.none() | st.integers(0, 6)),
    ),
)


@given(st.lists(CHANGES_MADE, max_size=20))
def test_who_lost_can_write_over_what_stands(made: list[dict[str, Any]]) -> None:
    """What stands is what the page shows, and its version will do; what is refused does nothing."""
    server = Server({"rows": 3, "columns": [{"name": "a", "min": -9, "max": 9}, {"name": "b"}]})
    for entry in made:
        held = server.page()
        refused = server.send(entry).get("refused")
        if refused is None:
            continue
        assert server.page() == held
        if stands := refused.get("stands"):
            column, row = stands["column"], stands["row"]
            assert stands["value"] == held["columns"][str(column)]["values"][row]
            assert stands["row_version"] == held["row_versions"][row] != entry["row_version"]
            assert server.send(entry | {"row_version": stands["row_version"]})["told"]

"""The fold of a table: guards, versions, who did it, messages, and bytes."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from pitlive.cli.declaration import wrong
from pitlive.errors import BadSpec
from pitlive.messages import Outcome, Row
from pitlive.tables import fold, inbox
from pitlive.tables.fold import TableState
from pitlive.tables.kind import TABLE as kind
from pitlive.tables.packed_columns import PACKED, ROWS
from pitlive.tables.validation import known
from tests.tables.told import SPEC, checked, declared


def storm(seed: int, count: int) -> list[dict[str, Any]]:
    """All sorts of changes and messages, of which some come too late or go too far."""
    chance, made = Random(seed), []
    for _ in range(count):
        column, row = chance.randrange(3), chance.randrange(6)
        cell = {"type": "cell", "column": column, "row": row, "value": chance.randrange(-50, 50)}
        made.append(
            chance.choice(
                [
                    {"type": "add", "column": column, "k": chance.randrange(-60, 60)},
                    {"type": "affine", "column": column, "a": 3, "b": 1, "m": 41},
                    {"type": "fill", "column": column, "v": chance.randrange(-100, 100)},
                    cell,
                    cell | {"row_version": chance.randrange(count)},
                    {"type": "message", "text": "hi", "to": f"u{chance.randrange(3)}"},
                    {"type": "message", "text": "all"},
                ]
            )
            | {"origin": f"user{chance.randrange(4)}"}
        )
    return made


def merged(outcomes: list[Outcome]) -> dict[str, dict[str, Row]]:
    """What a reader of all of them knows."""
    rows: dict[str, dict[str, Row]] = {}
    for outcome in outcomes:
        for channel, changed in outcome.rows.items():
            known = rows.setdefault(channel, {})
            known.update(changed)
            rows[channel] = {key: row for key, row in known.items() if row is not None}
    return {channel: found for channel, found in rows.items() if found}


def packed(state: TableState, kept: dict[str, bytearray]) -> dict[str, bytearray]:
    """The bytes after the pieces that changed, as Redis writes them."""
    for piece in state.pieces():
        if piece.offset is None:
            kept[piece.name] = bytearray(piece.data)
        else:
            kept[piece.name][piece.offset : piece.offset + len(piece.data)] = piece.data
    return kept


@pytest.mark.parametrize("seed", range(5))
def test_a_batch_does_what_its_entries_do_one_by_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, what was set aside, and the bytes that are kept, also beyond what is kept of each."""
    for module, name, value in ((fold, "KEEP_CHANGES", 20), (inbox, "KEEP", 5)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(inbox, "KEEP_USERS", 2)
    spec = declared()
    given = checked(storm(seed, 300), spec)
    whole, single = TableState(known(spec)), TableState(known(spec))
    at_once, one_by_one = [whole.outcome([]), whole.outcome(given)], [single.outcome([])]
    bytes_of: dict[str, bytearray] = {}
    for entry in given:
        one_by_one.append(single.outcome([entry]))
        packed(single, bytes_of)

    assert merged(at_once) == merged(one_by_one)
    assert at_once[1].rejected == [aside for outcome in one_by_one for aside in outcome.rejected]
    assert packed(whole, {}) == bytes_of
    for n, column in enumerate(whole.columns):
        assert np.frombuffer(bytes_of[str(n)], PACKED).tolist() == column.values.tolist()
    assert np.frombuffer(bytes_of[ROWS], PACKED).tolist() == whole.changed.tolist()
    assert len(merged(at_once)["changes"]) == 20
    assert len([name for name in merged(at_once) if name.startswith("messages/")]) == 2


def test_many_cells_are_handed_over_as_whole_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publish has so many bits at the most, and the columns that changed least stay in bits."""
    monkeypatch.setattr(fold, "MOST_CELLS", 6)
    spec = declared()
    state = TableState(known(spec))
    kept = packed(state, {})
    places = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    changes = [{"type": "cell", "column": c, "row": r, "value": 9} for c, r in places]
    state.outcome(checked(changes, spec))
    pieces = state.pieces()
    for piece in pieces:
        kept[piece.name][piece.offset or 0 : (piece.offset or 0) + len(piece.data)] = piece.data

    assert [piece.name for piece in pieces if piece.offset is None] == ["0"]
    assert len(pieces) == 1 + 2 + 4
    assert np.frombuffer(kept["0"], PACKED).tolist() == state.columns[0].values.tolist()
    assert np.frombuffer(kept["1"], PACKED).tolist() == state.columns[1].values.tolist()
    assert np.frombuffer(kept[ROWS], PACKED).tolist() == state.changed.tolist()
    assert state.pieces() == []


def test_who_comes_second_to_a_cell_is_told_what_is_there() -> None:
    """The value, the row's version now, and whose it is; nothing of the loser's is done."""
    spec = declared()
    cell = {"type": "cell", "column": 0, "row": 2, "row_version": 0}
    first = cell | {"value": 8, "origin": "ann"}
    state = TableState(known(spec))
    (lost,) = state.outcome(checked([first, cell | {"value": 9, "origin": "bob"}], spec)).rejected

    assert (lost.field, lost.got) == ("row_version", 0)
    assert lost.stands == {
        **{"column": 0, "row": 2, "value": 8, "row_version": 1},
        **{"by": "ann", "seen_ms": 1},
    }
    assert state.columns[0].values[2] == 8


def test_an_operation_on_a_whole_column_changes_every_row() -> None:
    """A guard of before it has lost, in whichever column of the row it was."""
    spec = declared()
    add = {"type": "add", "column": 0, "k": 1}
    cell = {"type": "cell", "column": 2, "row": 5, "value": 0.5, "row_version": 0}
    state = TableState(known(spec))
    (lost,) = state.outcome(checked([add, cell], spec)).rejected

    assert lost.want == "1, for the row has changed since"
    assert state.outcome(checked([cell | {"row_version": 1, "uid": "c"}], spec)).rejected == []


def test_an_operation_that_one_row_cannot_take_changes_none() -> None:
    """All or nothing: the version stays, and nothing is announced."""
    spec = declared()
    state = TableState(known(spec))
    state.outcome(checked([{"type": "cell", "column": 1, "row": 5, "value": 100}], spec))
    before = state.columns[1].values.copy()
    outcome = state.outcome(checked([{"type": "add", "column": 1, "k": 1, "uid": "b"}], spec))

    assert outcome.rows == {}
    assert outcome.rejected[0].want == (
        "one that leaves a whole number from -100 to 100 in every row; nothing was changed"
    )
    assert state.columns[1].values.tolist() == before.tolist()


def test_a_change_says_who_made_it_and_its_version() -> None:
    """For a column and for a cell."""
    spec = declared()
    add = {"type": "add", "column": 0, "k": 2, "origin": "ann"}
    cell = {"type": "cell", "column": 0, "row": 1, "value": 7, "origin": "bob"}
    rows = TableState(known(spec)).outcome(checked([add, cell], spec)).rows

    by_ann = {"version": 1, "by": "ann", "seen_ms": 1}
    by_bob = {"version": 2, "row_version": 2, "by": "bob", "seen_ms": 2}
    assert rows["changes"] == {
        "1": {"type": "add", "column": 0, "k": 2, **by_ann},
        "2": {"type": "cell", "column": 0, "row": 1, "value": 7, **by_bob},
    }
    assert rows["columns"]["0"].items() >= {"version": 2, "operations": 1, "by": "bob"}.items()


def test_a_table_that_became_smaller_sets_aside_what_no_longer_fits() -> None:
    """The log may hold changes of columns and rows that the declaration no longer has."""
    spec = declared()
    given = checked(
        [
            {"type": "add", "column": 2, "k": 1},
            {"type": "cell", "column": 0, "row": 5, "value": 1},
            {"type": "fill", "column": 0, "v": 90},
        ],
        spec,
    )
    narrow = declared(rows=5, columns=[{"name": "n", "max": 50}])
    outcome = TableState(known(narrow)).outcome(given)
    assert [one.field for one in outcome.rejected] == ["column", "row", "v"]


def test_a_file_with_a_declaration_is_checked_by_line_and_column() -> None:
    """As those of other sources are."""
    text = 'kind = "table"\nrows = 5\n\n[[columns]]\nname = "n"\nmin = "1"\n'
    (line,) = wrong(text, "prices.toml")
    assert line.startswith("prices.toml:6:7: columns.0.min: got '1', want ")


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"rows": 0}, "rows"),
        ({"rows": "6"}, "rows"),
        ({"columns": []}, "columns"),
        ({"columns": [{"name": "n", "start": {"type": "ad", "k": 1}}]}, "columns.0.start.type"),
        ({"columns": [{"name": "n", "start": {"type": "add"}}]}, "columns.0.start.k"),
        ({"columns": [{"name": "n", "max": 1, "start": {"type": "fill", "v": 2}}]}, "columns.0.st"),
        ({"columns": [{"name": "n", "decimals": 2}]}, "columns.0.decimals"),
        ({"columns": [{"name": "n", "min": 2, "max": 1}]}, "columns.0.min"),
        ({"columns": [{"name": "n", "max": 0.5}]}, "columns.0.max"),
        ({"colums": 1}, "colums"),
    ],
)
def test_a_declaration_that_is_wrong_says_where(more: dict[str, Any], place: str) -> None:
    """By its place, with what was there and what would do."""
    with pytest.raises(BadSpec, match=rf"^{place}[^:]*: got .*, want"):
        kind.spec(SPEC | more)

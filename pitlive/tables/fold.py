"""The fold of a table: operations, cells and messages in; versions, changes and bytes out.

The order of the log is the order in which things are done, so two operations on a column
give one of two outcomes for the whole of it. A version rises with every change, and the
packed bytes that belong to it are handed over with the row that announces it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.ahead import ahead_of
from pitlive.declaration.fields import units
from pitlive.messages import Entry, Fold, Json, PackedPiece, Rejection, Row, Rows
from pitlive.tables.column import Changed, ColumnState
from pitlive.tables.inbox import Inbox
from pitlive.tables.operations import (
    OPERATIONS,
    Ends,
    OperationRefused,
    applied,
    checked,
)
from pitlive.tables.packed_columns import ROWS, number_of
from pitlive.tables.spec import TableSpec

CELL = "cell"
"""The new value of one cell."""

MESSAGE = "message"
"""To one user, or to all."""

FLUSH = "flush"

COLUMNS = "columns"
"""Channel: a row a column, with its version."""

CHANGES = "changes"
"""Channel: what was done, a row a change, the newest of them."""

KEEP_CHANGES = 500
"""Changes that a reader who comes later is told; also the most that one publish can tell."""


MOST_CELLS = 1000
"""Cells that are handed over one by one: 4 ms of Redis. Where more changed, columns are handed
over whole, those first in which most did."""


class TableState(Fold):
    """A table so far.

    >>> from pitlive.tables.validation import read
    >>> state = TableState(read({"kind": "table", "rows": 3, "columns": [{"name": "n"}]}))
    >>> entry = Entry("a", "add", 5, {"column": 0, "k": 7}, origin="ann", seen_ms=9)
    >>> state.outcome([entry]).rows["changes"]["1"]
    {'type': 'add', 'column': 0, 'k': 7, 'version': 1, 'by': 'ann', 'seen_ms': 9}
    >>> state.columns[0].values
    array([7, 7, 7])
    """

    def __init__(self, spec: TableSpec) -> None:
        self.columns = [ColumnState(column, spec.rows) for column in spec.columns]
        self.changed = np.zeros(spec.rows, np.int64)
        """How often cells of each row were changed one by one."""
        self.operations = 0
        self._counts = Changed()
        self._changes = 0
        self._inbox = Inbox()
        self._touched = set(range(len(self.columns)))
        self._rows: Rows = {}
        self._ahead = ahead_of(spec.model_dump(include={"at_most_ahead"}))
        self.now_ms = 0
        """The newest time of what happened, but for what is too far ahead in an old log."""

    @property
    def due_ms(self) -> int | None:
        """Nothing changes by time alone."""
        return None

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Do what the entries say, in their order; return what cannot be done, and why."""
        ahead = self._ahead
        times = (e.at_ms for e in batch if not (ahead and ahead.is_beyond(e.at_ms, e.seen_ms)))
        self.now_ms = max(self.now_ms, *times, 0)
        found = (self._do(entry) for entry in batch)
        return [refused for refused in found if refused]

    def rows(self) -> Rows:
        """Return the rows that changed since they were last asked for."""
        rows, self._rows = self._rows, {}
        if self._touched:
            rows[COLUMNS] = {str(n): self.columns[n].row for n in sorted(self._touched)}
        self._touched = set()
        return rows

    def pieces(self) -> list[PackedPiece]:
        """Return the bytes that changed since this was last asked."""
        changed = {str(n): (one.changed, one.values) for n, one in enumerate(self.columns)}
        changed[ROWS] = self._counts, self.changed
        _thin([of for of, _ in changed.values() if not of.is_whole])
        return [
            piece for name, (of, values) in changed.items() for piece in of.pieces(name, values)
        ]

    def row_version(self, row: int) -> int:
        """Return how often a row was changed, by itself or with a whole column."""
        return self.operations + int(self.changed[row])

    def _do(self, entry: Entry) -> Rejection | None:
        """Do one thing, or return why nothing was done."""
        if entry.type == MESSAGE:
            self._inbox.apply(entry, self._rows)
            return None
        if entry.type == FLUSH:
            return None
        if entry.type not in OPERATIONS and entry.type != CELL:
            return _aside(
                entry, OperationRefused("type", entry.type, f"one of {', '.join(OPERATIONS)}")
            )
        number = entry.data["column"]
        if number >= len(self.columns):
            want = f"a whole number from 0 to {len(self.columns) - 1}"
            return _aside(entry, OperationRefused("column", number, want))
        do = self._cell if entry.type == CELL else self._operation
        refused = do(entry, self.columns[number])
        if refused is None:
            self._tell(entry, number)
        return refused

    def _operation(self, entry: Entry, column: ColumnState) -> Rejection | None:
        kept = checked(entry.type, entry.data, column.declared)  # it may be declared anew
        if isinstance(kept, OperationRefused):
            return _aside(entry, kept)
        made = applied(entry.type, kept, column.declared, column.values, column.ends)
        if isinstance(made, OperationRefused):
            return _aside(entry, made)
        column.values, column.ends = made
        column.changed.is_whole = True
        column.operations += 1
        self.operations += 1
        return None

    def _cell(self, entry: Entry, column: ColumnState) -> Rejection | None:
        row, guard = entry.data["row"], entry.data.get("row_version")
        value = units(entry.data["value"], column.scale)
        low, high = column.declared.bounds
        if row >= len(column.values):
            want = f"a whole number from 0 to {len(column.values) - 1}"
            return _aside(entry, OperationRefused("row", row, want))
        if value is None or not low <= value <= high:
            want = column.declared.field.want
            return _aside(entry, OperationRefused("value", entry.data["value"], want))
        if guard is not None and guard != self.row_version(row):
            return self._lost(entry, column, row)
        column.values[row] = value
        column.ends = Ends(min(column.ends.low, value), max(column.ends.high, value))
        self.changed[row] += 1
        column.changed.cells.add(row)
        self._counts.cells.add(row)
        return None

    def _lost(self, entry: Entry, column: ColumnState, row: int) -> Rejection:
        """Somebody else was first: say what is there now."""
        version = self.row_version(row)
        stands = {
            "column": entry.data["column"],
            "row": row,
            "value": number_of(int(column.values[row]), column.scale),
            "row_version": version,
            **column.last,
        }
        want = f"{version}, for the row has changed since"
        refusal = OperationRefused("row_version", entry.data["row_version"], want)
        return _aside(entry, refusal, stands)

    def _tell(self, entry: Entry, number: int) -> None:
        """Count a change and announce it, with who made it."""
        column = self.columns[number]
        column.version += 1
        column.last = {**({"by": entry.origin} if entry.origin else {}), "seen_ms": entry.seen_ms}
        row: dict[str, Row] = {"type": entry.type, **entry.data, "version": column.version}
        if entry.type == CELL:
            row["row_version"] = self.row_version(entry.data["row"])
        self._changes += 1
        self._touched.add(number)
        rows = self._rows.setdefault(CHANGES, {})
        rows[str(self._changes)] = row | column.last
        if self._changes > KEEP_CHANGES:
            rows[str(self._changes - KEEP_CHANGES)] = None


def _thin(changed: list[Changed]) -> None:
    """Have columns handed over whole until few cells are left."""
    cells = sum(len(one.cells) for one in changed)
    for one in sorted(changed, key=lambda one: -len(one.cells)):
        if cells <= MOST_CELLS:
            return
        one.is_whole = True
        cells -= len(one.cells)


def _aside(entry: Entry, why: OperationRefused, stands: dict[str, Json] | None = None) -> Rejection:
    return Rejection(entry.uid, why.field, why.got, why.want, entry.id, stands)

"""The newest value of a field: the one with the largest event time, whenever it was heard."""

from __future__ import annotations

from collections.abc import Iterator

from pitlive.declared.fact_table import AT_MS, NOTHING, FactTable
from pitlive.declared.groups import Groups
from pitlive.declared.members import Members
from pitlive.messages import Json
from pitlive.numerics import Ints


class Newest:
    """The newest value of each group; of those level in time the greatest.

    So it is of the set of facts, and not of the order in which they came.
    """

    def __init__(self, groups: Groups, of: str) -> None:
        self._members = Members(groups)
        self._table, self._of = groups.table, of

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do; those without a value never do."""
        self._members.take(rows, sign, self._table.column(self._of) != NOTHING)

    def changed(self) -> Iterator[tuple[int, Json]]:
        """Yield each group that changed and its newest value, None if it has none."""
        for group, rows in self._members.changed_groups():
            yield group, self._newest(rows) if rows.size else None

    def _newest(self, rows: Ints) -> Json:
        at_ms = self._table.column(AT_MS)[rows]
        level = self._table.column(self._of)[rows[at_ms == at_ms.max()]]
        return max(value_of(self._table, self._of, code) for code in set(level.tolist()))


def value_of(table: FactTable, name: str, code: int) -> Json:
    """Return the text, the number, or whether it is true, that a value of a column stands for."""
    type = table.fields[name].type
    if type == "text":
        return table.names[name].texts[code]
    if type == "boolean":
        return bool(code)
    scale = table.scale(name)
    return code if scale == 1 else code / scale

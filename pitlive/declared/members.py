"""The rows that count, by group: for stats that have to look at all of a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pitlive.declared.exact import grown
from pitlive.declared.fact_table import NOTHING
from pitlive.declared.groups import Groups
from pitlive.declared.stat import Touched
from pitlive.numerics import Bools, Ints


class Members:
    """Which rows count, and which groups have changed."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._counts = np.zeros(0, np.int64)
        self._touched = Touched()

    def apply(self, indices: Ints, sign: int, there: Bools) -> None:
        """Rows count from now on, or no longer do.

        Args:
            there: Which rows of the table have what the stat is about, shape (table size,).
        """
        indices = indices[there[indices]]
        if indices.size:
            self._counts = grown(self._counts, int(indices.max()) + 1)
            self._counts[indices] += sign
            self._touched.add(self._groups.of[indices])

    def changed(self) -> Iterator[tuple[str, Ints]]:
        """Yield the key of each group that changed, and its rows that count."""
        return ((self._groups.key(group), rows) for group, rows in self.changed_groups())

    def changed_groups(self) -> Iterator[tuple[int, Ints]]:
        """Yield each group that changed, and its rows that count."""
        return self.among(self._touched.drain())

    def among(self, groups: Sequence[int]) -> Iterator[tuple[int, Ints]]:
        """Yield each of some groups, in ascending order, and its rows that count."""
        if not groups:
            return
        rows = np.flatnonzero(self._counts)
        of = self._groups.of[rows]
        if len(groups) * 8 < len(self._groups):  # few of many: the others need no sorting
            inside = np.isin(of, groups)
            rows, of = rows[inside], of[inside]
        order = np.argsort(of, kind="stable")
        rows, of = rows[order], of[order]
        for group in groups:
            first, last = np.searchsorted(of, [group, group + 1])
            yield group, rows[first:last]


class GroupValues:
    """The values of one field, by group: what a stat looks through when one of them changes."""

    def __init__(self, groups: Groups, of: str) -> None:
        self._members = Members(groups)
        self._table, self._of = groups.table, of

    def apply(self, indices: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do; those without a value never do."""
        self._members.apply(indices, sign, self._table.column(self._of) != NOTHING)

    def changed(self) -> Iterator[tuple[str, Ints]]:
        """Yield the key of each group that changed, and its values.

        They are whole numbers: of a number field in units of its last decimal (divide by
        `groups.table.scale(of)`), of a text field one number a text.
        """
        values = self._table.column(self._of)
        return ((key, values[rows]) for key, rows in self._members.changed())

"""Which group each row of a table is in, and what the groups are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pitlive.declared.exact import grown
from pitlive.declared.fact_table import NOTHING, FactTable
from pitlive.numerics import Ints

NONE = 0
"""The group of the rows that lack one of the fields; it is never shown."""

ONLY = 1
"""The one group of everything, where there are no fields."""

ALL = ""
"""The key of the one group of everything."""


GroupPath = tuple[str | int, ...]
"""The values that make a group: texts, and numbers in units of their last decimal."""


class Groups:
    """The groups of a table by the values of some of its fields, numbered as they appear.

    >>> from pitlive.batch import Batch
    >>> from pitlive.messages import Entry
    >>> from pitlive.declaration.fields import TextField
    >>> table = FactTable({"district": TextField(), "school": TextField()})
    >>> groups = Groups(table, ["district", "school"])
    >>> fields = {"district": "north/west", "school": "63"}
    >>> table.append(Batch.of([Entry("a", "score", 0, fields)]).parts)
    >>> groups.extend(), groups.of.tolist(), groups.key(1)
    (None, [1], 'north~1west/63')
    """

    def __init__(self, table: FactTable, by: Sequence[str]) -> None:
        self.table = table
        self.by = tuple(by)
        self._of = np.empty(0, np.int64)
        self._size = 0
        self._keys: list[str] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._paths: list[tuple[int, ...]] = [()] if by else [(), ()]

    @property
    def _is_by_name(self) -> bool:
        return len(self.by) == 1 and self.by[0] in self.table.names

    def __len__(self) -> int:
        """How many groups there are."""
        return len(self._paths)

    @property
    def of(self) -> Ints:
        """The group of every row, `NONE` if it has none."""
        return self._of[: self._size]

    def extend(self) -> None:
        """Find the groups of the rows that were added to the table."""
        start, size = self._size, self.table.size
        if start == size:
            return
        new = np.zeros((size - start, len(self.by)), np.int64)
        for depth, name in enumerate(self.by):
            new[:, depth] = self.table.column(name)[start:]
        self._of = grown(self._of, size)
        self._of[start:size] = self._found(new)
        self._size = size

    def _found(self, values: Ints) -> Ints:
        """Return the group of each row of values, shape (rows, fields)."""
        if not self.by:
            return np.full(len(values), ONLY)
        if self._is_by_name:
            return self._by_name(values[:, 0])
        kinds, which = _distinct(values)
        numbers = [self._number(tuple(one)) for one in kinds.tolist()]
        return np.array(numbers, np.int64)[which]

    def _by_name(self, codes: Ints) -> Ints:
        """Return the groups of one column of texts, whose codes count up from 0.

        Groups are numbered in the order of the codes, so there is nothing to look up.
        """
        for code in range(len(self._paths) - ONLY, len(self.table.names[self.by[0]].texts)):
            self._number((code,))
        return np.where(codes == NOTHING, NONE, codes + ONLY)

    def _number(self, path: tuple[int, ...]) -> int:
        if NOTHING in path:
            return NONE
        number = self._numbers.setdefault(path, len(self._paths))
        if number == len(self._paths):
            self._paths.append(path)
        return number

    def paths(self, rows: FactTable) -> list[GroupPath | None]:
        """Return the groups of the rows of another table, None of those that lack a field."""
        columns = [_values(rows, name) for name in self.by]
        return [None if None in path else path for path in zip(*columns, strict=True)]

    def has(self, path: GroupPath) -> bool:
        """Tell whether there is a group."""
        names = self.table.names
        named = zip(self.by, path, strict=True)
        codes = (names[n].known(v) if isinstance(v, str) else v for n, v in named)
        return tuple(codes) in self._numbers

    def keys(self, groups: Iterable[int]) -> list[str]:
        """Return the row keys of groups."""
        if not self._keys:
            self._keys.append(ALL)
        self._keys += self._keys_from(len(self._keys))
        return list(map(self._keys.__getitem__, groups))

    def _keys_from(self, group: int) -> Iterable[str]:
        """Return the keys of the groups from one on."""
        if self._is_by_name:
            texts = self.table.names[self.by[0]].texts
            return map(escaped, texts[group - ONLY : len(self) - ONLY])
        return map(self.key, range(group, len(self)))

    def key(self, group: int, depth: int | None = None) -> str:
        """Return the row key of a group: its values, joined by `/` as in RFC 6901.

        Args:
            depth: How many of the values; as in a slice, all by default.
        """
        named = zip(self.by[:depth], self._paths[group][:depth], strict=True)
        return joined(self.table.text(name, value) for name, value in named)

    def value(self, group: int, depth: int) -> str:
        """Return one of the values that make a group."""
        return self.table.text(self.by[depth], self._paths[group][depth])

    def path(self, group: int) -> tuple[int, ...]:
        """Return the values that make a group, as they stand in the columns."""
        return self._paths[group]


def _values(rows: FactTable, name: str) -> list[str | int | None]:
    """Return a column as values that mean the same in every table, None where there is none."""
    texts = rows.names[name].texts if name in rows.names else None
    column = rows.column(name).tolist()
    return [None if v == NOTHING else v if texts is None else texts[v] for v in column]


def joined(texts: Iterable[str]) -> str:
    """Join texts by `/` so that they can be told apart again, as in RFC 6901.

    >>> joined(["north/west", "63"])
    'north~1west/63'
    """
    return "/".join(map(escaped, texts))


def escaped(text: str) -> str:
    """Return a text as it stands in a key."""
    return text.replace("~", "~0").replace("/", "~1") if "/" in text or "~" in text else text


def _distinct(values: Ints) -> tuple[Ints, Ints]:
    """Return the distinct rows of values, and which of them each row is."""
    whole = np.zeros(len(values), np.int64)
    for column in values.T:  # one column at a time: sorting rows as such is ten times slower
        _, codes = np.unique(column, return_inverse=True)
        _, whole = np.unique(whole * (codes.max() + 1) + codes, return_inverse=True)
    _, first = np.unique(whole, return_index=True)
    return values[first], whole

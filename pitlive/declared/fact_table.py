"""Columns of all entries of one type: what the stats compute with.

Every version of every fact has a row that stays. A stat is told which rows count now and
which no longer do, so a correction costs what it changes and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from pitlive.batch import Alike
from pitlive.declaration.fields import EXACT, AnyField, NumberField
from pitlive.declared.lookup import NOWHERE, Lookup
from pitlive.messages import Json
from pitlive.numerics import Ints

NOTHING = np.iinfo(np.int64).min
"""Stands in a column for a value that an entry does not have."""

MANY, MANY_KNOWN = 500, 2000
"""So many texts are looked for side by side among so many: else a dict is in the cache."""

AT_MS = "at_ms"
"""The column of event times, which every type of entry has."""


class TextCodes:
    """The texts of one column, numbered in the order in which they came."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes = _Codes(self.texts)
        self._lookup = Lookup()

    def codes(self, texts: Sequence[str]) -> Ints:
        """Return the numbers of texts, giving those that are new the next ones."""
        if len(texts) < MANY or len(self.texts) < MANY_KNOWN:
            return np.fromiter(map(self._codes.__getitem__, texts), np.int64, len(texts))
        self._lookup.extend(self.texts[self._lookup.size :])
        codes = self._lookup.find(texts)
        for place in np.flatnonzero(codes == NOWHERE).tolist():
            codes[place] = self._codes[texts[place]]
        return codes

    def code(self, text: str) -> int:
        """Return the number of a text, giving it the next one if it has none.

        >>> names = TextCodes()
        >>> names.code("web"), names.code("kiosk"), names.code("web"), names.texts
        (0, 1, 0, ['web', 'kiosk'])
        """
        return self._codes[text]

    def known(self, text: str) -> int:
        """Return the number of a text, -1 if it has none yet.

        >>> TextCodes().known("web")
        -1
        """
        return self._codes.get(text, -1)


class _Codes(dict[str, int]):
    """Gives a text its number when it is first asked for, at the speed of a look-up."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self._texts)
        self._texts.append(text)
        return code


class Formula(Protocol):
    """What a derived column is computed by."""

    def evaluate(self, table: FactTable, rows: Ints) -> tuple[Any, Any]:
        """Return the values of rows of a table, and which of them are known."""
        ...


class FactTable:
    """One column a field, and the event times.

    Args:
        fields: What the columns are.
        derived: Which of them are computed from those before them, and how.

    >>> from pitlive.batch import Batch
    >>> from pitlive.messages import Entry
    >>> from pitlive.declaration.fields import IntegerField, TextField
    >>> table = FactTable({"school": TextField(), "score": IntegerField()})
    >>> table.append(Batch.of([Entry("a", "score", 5, {"school": "63", "score": 80})]).parts)
    >>> table.column("score")[[0]], table.text("school", 0)
    (array([80]), '63')
    """

    def __init__(
        self, fields: Mapping[str, AnyField], derived: Mapping[str, Formula] | None = None
    ) -> None:
        self.fields = fields
        self._derived = derived or {}
        self.size = 0
        self.names = {name: TextCodes() for name, field in fields.items() if field.type == "text"}
        self._columns = {name: np.empty(1024, np.int64) for name in (*fields, AT_MS)}

    def like(self) -> FactTable:
        """Return another table of such rows, with none in it."""
        return FactTable(self.fields, self._derived)

    def append(self, parts: Sequence[Alike]) -> None:
        """Add a row for each entry of some parts of a batch, in their order."""
        start, end = self.size, self.size + sum(len(part.places) for part in parts)
        if start == end:
            return
        self._grow(end)
        self.size = end
        for name in self.fields.keys() - self._derived.keys():
            self._fill(name, start, [part.data.get(name) for part in parts], parts)
        self._fill(AT_MS, start, [part.at_ms for part in parts], parts)
        for name in self._derived:
            self._columns[name][start:end] = self._computed(name, np.arange(start, end))

    def column(self, name: str) -> Ints:
        """Return a column: numbers in units of their last decimal, texts by number."""
        return self._columns[name][: self.size]

    def scale(self, name: str) -> int:
        """Return how many units of a column make one."""
        field = self.fields.get(name)
        return field.scale if isinstance(field, NumberField) else 1

    def text(self, name: str, code: int) -> str:
        """Return the text, or the number as text, that a value of a column stands for."""
        if name in self.names:
            return self.names[name].texts[code]
        field = self.fields[name]
        if isinstance(field, NumberField):
            return f"{code / field.scale:.{field.decimals}f}" if field.decimals else str(code)
        return "true" if code else "false"

    def _fill(
        self, name: str, start: int, values: list[Sequence[Json] | None], parts: Sequence[Alike]
    ) -> None:
        """Write a column from a row on: the values of each part, or that it has none."""
        for part, own in zip(parts, values, strict=True):
            end = start + len(part.places)
            self._columns[name][start:end] = NOTHING if own is None else self._units(name, own)
            start = end

    def _units(self, name: str, values: Sequence[Json]) -> Ints:
        """Return values as they stand in a column."""
        if name in self.names:
            return self.names[name].codes(values)
        scale = self.scale(name)
        if scale == 1:
            return np.fromiter(values, np.int64, len(values))
        return np.rint(np.fromiter(values, np.float64, len(values)) * scale).astype(np.int64)

    def _computed(self, name: str, rows: Ints) -> Ints:
        """Return a derived column in units of its last decimal, rounded half to even."""
        values, there = self._derived[name].evaluate(self, rows)
        units = np.rint(np.where(there, values, 0.0) * self.scale(name))
        return np.where(there & (np.abs(units) <= EXACT), units, NOTHING).astype(np.int64)

    def _grow(self, size: int) -> None:
        for name, column in self._columns.items():
            if size > len(column):
                larger = np.empty(max(size, 2 * len(column)), np.int64)
                larger[: self.size] = column[: self.size]
                self._columns[name] = larger

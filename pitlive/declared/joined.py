"""Two types of entries joined on the same fields: what each adds up to, by item."""

from __future__ import annotations

import numpy as np

from pitlive.declared.exact import GroupCounts, Sums
from pitlive.declared.fact_table import NOTHING
from pitlive.declared.groups import NONE, Groups
from pitlive.declared.running_values import Steps, split
from pitlive.declared.stat import Moves, RowUpdates, Touched
from pitlive.numerics import Ints

SUMS = 5
"""Of an item: the low and the high half of each side, and what it opened with."""


class Items:
    """The items of both types, numbered from 1 by their keys, and what happened to them."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.keys: list[str] = [""]
        self.touched = Touched()
        self.steps = Steps()
        """What the entries of a batch did to the sums, if a rule looks at them."""

    def number(self, key: str) -> int:
        """Return the number of an item."""
        number = self.numbers.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        return number

    def take(self) -> Ints:
        """Return the items that were touched since the last time."""
        return np.array([n for n in self.touched.take() if n != NONE], np.int64)


class Side:
    """What one of the types adds up to, by item.

    Args:
        of: The quantity; none: each entry is one.
    """

    place = 0
    """Of its sums among those of both sides."""

    def __init__(self, of: str, groups: Groups, items: Items) -> None:
        self._of, self._groups, self._items = of, groups, items
        self._item = np.zeros(1, np.int64)
        self.scale = groups.table.scale(of) if of else 1
        self.counts, self.sums = GroupCounts(), Sums()

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        values, there = self._values(rows)
        items = self._items_of(self._groups.of[rows[there]])
        self.counts.add(items, sign)
        self.sums.add(items, values[there], sign)
        self._items.touched.add(items)

    def follow(self, moves: Moves) -> None:
        """Note what each entry did, for a rule that looks at it."""
        values, there = self._values(moves.rows)
        items = np.where(there, self._items_of(self._groups.of[moves.rows]), NONE)
        steps = np.zeros((len(items), SUMS), np.int64)
        steps[:, self.place : self.place + 2] = moves.signs[:, None] * split(values)
        self._items.steps.note(moves, items, steps)

    def rows(self) -> RowUpdates:
        """Return nothing: the stat tells of both sides."""
        return {}

    def _values(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the quantities of rows, and which of them have one."""
        if not self._of:
            return np.ones(len(rows), np.int64), np.ones(len(rows), np.bool_)
        values = self._groups.table.column(self._of)[rows]
        return values, values != NOTHING

    def _items_of(self, groups: Ints) -> Ints:
        known, size = len(self._item), len(self._groups)
        if known < size:
            keys = self._groups.keys(range(known, size))
            new = np.array([self._items.number(key) for key in keys], np.int64)
            self._item = np.concatenate([self._item, new])
        items: Ints = self._item[groups]
        return items


class OtherSide(Side):
    """The side of the type that is joined."""

    place = 2


class Joined:
    """Two sides of the same items, of which the first is the stat itself."""

    def __init__(self, of: str, groups: Groups) -> None:
        self._of, self.items = of, Items()
        self.own = Side(of, groups, self.items)
        self.other = self.own

    def join(self, groups: Groups) -> Side:
        """Return the side of the type that is joined."""
        self.other = OtherSide(self._of, groups, self.items)
        return self.other

    def take(self, rows: Ints, sign: int) -> None:
        """Rows of the first side count from now on, or no longer do."""
        self.own.take(rows, sign)

    def follow(self, moves: Moves) -> None:
        """Rows of the first side moved, in this order."""
        self.own.follow(moves)

    @property
    def scales(self) -> tuple[int, int, int]:
        """What one unit of each side is in their finest unit, and how many of that make one."""
        scale = max(self.own.scale, self.other.scale)
        return scale // self.own.scale, scale // self.other.scale, scale

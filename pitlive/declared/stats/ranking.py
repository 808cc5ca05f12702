"""The best of each group by the mean, sum or count of what they did."""

from __future__ import annotations

from fractions import Fraction
from heapq import nsmallest
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from pitlive.declared.exact import GroupCounts, Sums
from pitlive.declared.fact_table import NOTHING
from pitlive.declared.groups import ALL, NONE, Groups
from pitlive.declared.stat import RowUpdates, StatSpec, Touched
from pitlive.messages import Json
from pitlive.numerics import Ints

UnitPath = tuple[int, ...]
Rank = tuple[Fraction, str]
"""What is compared, the smaller the better, and then the name."""


class Spec(StatSpec):
    """Row: `[{"place", "key", "value", "count"}]`, best first; level ones share a place.

    Level ones stand in the order of their names. What is compared is exact, not rounded.
    """

    kind: Literal["ranking"]
    by: tuple[str, ...] = Field(
        min_length=1, max_length=5, description="Who is ranked: the last; within the ones before."
    )
    of: str = Field("", description="The field that counts; none: the number of entries.")
    figure: Literal["mean", "sum", "count"] = Field("mean", description="What is compared.")
    k: int = Field(10, ge=1, le=1000, description="How many are listed.")
    lowest: bool = Field(False, description="The smallest is the best.")

    @model_validator(mode="after")
    def _has_something_to_compare(self) -> Spec:
        if self.figure != "count" and not self.of:
            raise ValueError(f"of: absent, want the field whose {self.figure} is compared")
        return self

    @property
    def levels(self) -> tuple[StatSpec, ...]:
        """With `nested` the best of all too, and of every part of those within which they are."""
        within = range(len(self.by) - 1 if self.nested else 0)
        return (*(self.of_depth(depth, (*self.by[:depth], self.by[-1])) for depth in within), self)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,) if self.of else ()


class Stat:
    """A count and an exact sum of everybody; a list is made anew when one on it changes."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._spec, self._groups = spec, groups
        self._scale = groups.table.scale(spec.of) if spec.of else 1
        self._counts, self._sums = GroupCounts(), Sums()
        self._touched = Touched()
        self._list_of = np.zeros(0, np.int64)
        self._lists: dict[UnitPath, int] = {}
        self._keys: list[str] = [ALL]
        self._best: list[dict[int, Rank]] = [{}]

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        if self._spec.of:
            values = self._groups.table.column(self._spec.of)[rows]
            rows, values = rows[values != NOTHING], values[values != NOTHING]
        else:
            values = np.zeros(len(rows), np.int64)
        groups = self._groups.of[rows]
        self._counts.add(groups, sign)
        self._sums.add(groups, values, sign)
        self._touched.add(groups)

    def rows(self) -> RowUpdates:
        """Return the lists that changed."""
        touched = self._touched.groups()
        if not touched.size:
            return {}
        self._find_lists()
        of = self._list_of[touched]
        order = np.argsort(of, kind="stable")
        numbers, starts = np.unique(of[order], return_index=True)
        parts = np.split(touched[order], starts[1:])
        return {
            self._keys[n]: self._list(n, part)
            for n, part in zip(numbers.tolist(), parts, strict=True)
            if n != NONE
        }

    def _find_lists(self) -> None:
        """Find the list of every group that is new."""
        known, size = len(self._list_of), len(self._groups)
        new = [self._number(group) for group in range(known, size)]
        self._list_of = np.concatenate([self._list_of, np.array(new, np.int64)])

    def _number(self, group: int) -> int:
        if group == NONE:
            return NONE
        path = self._groups.path(group)[:-1]
        if (number := self._lists.setdefault(path, len(self._keys))) == len(self._keys):
            self._keys.append(self._groups.key(group, depth=-1) if path else ALL)
            self._best.append({})
        return number

    def _list(self, number: int, touched: Ints) -> Json:
        """Make a list anew; if nobody on it got worse, from those on it and the touched."""
        before = self._best[number]
        among = np.union1d(touched, np.array(list(before), np.int64))
        if any(not self._counts.of(g) or self._rank(g) > rank for g, rank in before.items()):
            among = np.flatnonzero(self._list_of == number)
        ranks = {g: self._rank(g) for g in self._candidates(among).tolist()}
        best = nsmallest(self._spec.k, ranks, key=ranks.__getitem__)
        self._best[number] = {g: ranks[g] for g in best}
        exact = [ranks[g][0] for g in best]
        return [self._row(g, exact.index(ranks[g][0]) + 1) for g in best] or None

    def _candidates(self, groups: Ints) -> Ints:
        """Return those that may be among the best: all that floats cannot tell from them."""
        counts = self._counts.among(groups)
        groups, counts = groups[counts > 0], counts[counts > 0]
        if groups.size <= self._spec.k:
            return groups
        near, off = self._sums.near(groups) if self._spec.of else (counts * 1.0, counts * 0.0)
        if self._spec.figure == "mean":
            near, off = near / counts, off / counts
        worst = (near if self._spec.lowest else -near) + off
        least = np.partition(worst, self._spec.k - 1)[self._spec.k - 1]
        can_be: Ints = groups[worst - 2 * off <= least]
        return can_be

    def _rank(self, group: int) -> Rank:
        value = self._value(group)
        return value if self._spec.lowest else -value, self._groups.value(group, -1)

    def _row(self, group: int, place: int) -> dict[str, Json]:
        value, count = self._value(group), self._counts.of(group)
        key = self._groups.value(group, -1)
        return {"place": place, "key": key, "value": _number(value), "count": count}

    def _value(self, group: int) -> Fraction:
        count, total = self._counts.of(group), self._sums.of(group)
        if self._spec.figure == "count":
            return Fraction(count)
        return Fraction(total, self._scale * (count if self._spec.figure == "mean" else 1))


def _number(exact: Fraction) -> float:
    return exact.numerator if exact.denominator == 1 else exact.numerator / exact.denominator

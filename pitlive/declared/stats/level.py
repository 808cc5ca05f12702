"""Levels of stock: what one type of entry adds less what another takes, by item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from pydantic import Field

from pitlive.declared.groups import Groups
from pitlive.declared.joined import Joined
from pitlive.declared.running_values import Course, number
from pitlive.declared.seeds import Seeds
from pitlive.declared.stat import RowUpdates, StatSpec
from pitlive.numerics import Floats, Ints


class Spec(StatSpec):
    """Row: `{"level", "taken", "added"}`.

    Joins two types of entries on the fields of `by`, which both have: `entries` takes,
    `adds` adds. A level below nothing is demand.
    """

    kind: Literal["level"]
    by: tuple[str, ...] = Field(min_length=1, max_length=5, description="What names the item.")
    adds: str = Field(description="The type of entries that adds; `entries` is the one that takes.")
    of: str = Field("", description="The quantity, a field of both; none: each entry is one.")
    opening: Seeds = Field({}, description="Level before any entry, by row key.")

    @property
    def others(self) -> tuple[str, ...]:
        """Types of entries it is about, besides `entries`."""
        return (self.adds,)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,) if self.of else ()

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("level", "taken", "added")


class Stat(Joined):
    """Two sides; an item is there while it has an entry or an opening level."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        super().__init__(spec.of, groups)
        self._spec = spec
        opening = [self.items.number(key) for key in spec.opening]
        self.items.touched.add(np.array(opening, np.int64))
        self.items.steps.open(np.array(opening, np.int64))

    def rows(self) -> RowUpdates:
        """Return the items that changed."""
        touched = self.items.take()
        sides = self.own, self.other
        counts = sum(side.counts.among(touched) for side in sides)
        taken, added = (
            [_plain(units, side.scale) for units in side.sums.among(touched)] for side in sides
        )
        levels = self._levels(touched)
        found = zip(np.asarray(counts).tolist(), levels, taken, added, strict=True)
        keyed = zip(self._keys(touched.tolist()), found, strict=True)
        return {key: self._row(key, *row) for key, row in keyed}

    def course(self) -> Course:
        """Return what its figures were on the way."""
        figures = {"level": self._level, "taken": self._taken, "added": self._added}
        return self.items.steps.course(self._keys, self._sums, figures)

    def _keys(self, items: Iterable[int]) -> list[str]:
        return list(map(self.items.keys.__getitem__, items))

    def _opening(self, items: Ints) -> list[int]:
        """Return what items opened with, in units of the level."""
        scale = self.scales[-1]
        keys = self._keys(items.tolist())
        return [round(self._spec.opening.get(key, 0) * scale) for key in keys]

    def _sums(self, items: Ints) -> Ints:
        opening = np.array(self._opening(items), np.int64).reshape(-1, 1)
        return np.hstack([self.own.sums.halves(items), self.other.sums.halves(items), opening])

    def _taken(self, sums: Ints) -> Floats:
        return number(sums[:, :2]) / self.own.scale

    def _added(self, sums: Ints) -> Floats:
        return number(sums[:, 2:4]) / self.other.scale

    def _level(self, sums: Ints) -> Floats:
        less, more, scale = self.scales
        units = sums[:, 4] + number(sums[:, 2:4]) * more - number(sums[:, :2]) * less
        level: Floats = units / scale
        return level

    def _levels(self, items: Ints) -> list[float]:
        less, more, scale = self.scales
        sides = self.own.sums.among(items), self.other.sums.among(items)
        return [
            _plain(start + plus * more - minus * less, scale)
            for start, minus, plus in zip(self._opening(items), *sides, strict=True)
        ]

    def _row(
        self, key: str, count: int, level: float, taken: float, added: float
    ) -> dict[str, float] | None:
        if not count and key not in self._spec.opening:
            return None
        return {"level": level, "taken": taken, "added": added}


def _plain(units: int, scale: int) -> float:
    return units if scale == 1 else units / scale

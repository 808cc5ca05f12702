"""How many entries, in all or by group."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pitlive.declared.exact import GroupCounts
from pitlive.declared.groups import Groups
from pitlive.declared.running_values import RunningFigures, Summed
from pitlive.declared.stat import RowUpdates, StatSpec, Touched, counted
from pitlive.numerics import Bools, Ints


class Spec(StatSpec):
    """Row: `{"count"}`."""

    kind: Literal["count"]

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("count",)


class Stat(Summed):
    """A count a group."""

    def __init__(self, _spec: Spec, groups: Groups) -> None:
        super().__init__(groups)
        self._counts = GroupCounts()
        self._touched = Touched()

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        groups = self._groups.of[rows]
        self._counts.add(groups, sign)
        self._touched.add(groups)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        groups = self._touched.groups()
        counts = self._counts.among(groups)
        row = {n: {"count": n} for n in np.unique(counts).tolist()}  # few for many groups
        rows = list(map(row.__getitem__, counts.tolist()))
        return counted(self._groups.keys(groups.tolist()), counts, rows)

    def steps(self, rows: Ints) -> tuple[Bools, Ints]:
        """Return that every row counts, once."""
        return np.ones(len(rows), np.bool_), np.ones((len(rows), 1), np.int64)

    def sums(self, groups: Ints) -> Ints:
        """Return the counts of groups."""
        return self._counts.among(groups)[:, None]

    def figures(self) -> RunningFigures:
        """Return how the figures follow from them."""
        return {"count": lambda sums: sums[:, 0] * 1.0}

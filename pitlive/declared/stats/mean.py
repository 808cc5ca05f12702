"""Sum and mean of a number, in all or by group: sums are exact, the mean is one division."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from pitlive.declaration.fields import EXACT
from pitlive.declared.exact import GroupCounts, Sums
from pitlive.declared.fact_table import NOTHING
from pitlive.declared.groups import Groups
from pitlive.declared.running_values import RunningFigures, Summed, number, ratio, split
from pitlive.declared.stat import RowUpdates, StatSpec, Touched, counted
from pitlive.numerics import Bools, Ints


class Spec(StatSpec):
    """Row: `{"count", "sum", "mean"}` of the entries that have the number."""

    kind: Literal["mean"]
    of: str = Field(description="The field whose mean it is.")

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,)

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("count", "sum", "mean")


class Stat(Summed):
    """A count and an exact sum a group."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        super().__init__(groups)
        self._of = spec.of
        self._scale = groups.table.scale(spec.of)
        self._counts = GroupCounts()
        self._sums = Sums()
        self._touched = Touched()

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        values = self._groups.table.column(self._of)[rows]
        there = values != NOTHING
        groups = self._groups.of[rows][there]
        self._counts.add(groups, sign)
        self._sums.add(groups, values[there], sign)
        self._touched.add(groups)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        groups = self._touched.groups()
        counts = self._counts.among(groups)
        parts = zip(counts.tolist(), *self._sums_and_means(groups, counts), strict=True)
        rows = [{"count": n, "sum": total, "mean": mean} for n, total, mean in parts]
        return counted(self._groups.keys(groups.tolist()), counts, rows)

    def _sums_and_means(self, groups: Ints, counts: Ints) -> tuple[list[float], list[float]]:
        """Return the sums and the means of groups: divisions of whole numbers, rounded once."""
        scale, by = self._scale, np.maximum(counts, 1) * self._scale
        small = self._sums.small(groups)
        if small is not None and not (by > EXACT).any():
            return (small if scale == 1 else small / scale).tolist(), (small / by).tolist()
        sums = self._sums.among(groups)
        means = [total / n for total, n in zip(sums, by.tolist(), strict=True)]
        return [total if scale == 1 else total / scale for total in sums], means

    def steps(self, rows: Ints) -> tuple[Bools, Ints]:
        """Return which rows have the number: each counts once, and adds it."""
        values = self._groups.table.column(self._of)[rows]
        ones = np.ones((len(rows), 1), np.int64)
        return values != NOTHING, np.hstack([ones, split(values)])

    def sums(self, groups: Ints) -> Ints:
        """Return count and sum of groups."""
        return np.hstack([self._counts.among(groups)[:, None], self._sums.halves(groups)])

    def figures(self) -> RunningFigures:
        """Return how the figures follow from them."""
        return {
            "count": lambda sums: sums[:, 0] * 1.0,
            "sum": lambda sums: number(sums[:, 1:]) / self._scale,
            "mean": lambda sums: ratio(number(sums[:, 1:]), sums[:, 0] * float(self._scale)),
        }

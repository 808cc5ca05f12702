"""Figures of the last so many seconds, in all or by group: they fall with time alone."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from pitlive.declared.exact import GroupCounts, Sums
from pitlive.declared.fact_table import AT_MS, NOTHING
from pitlive.declared.groups import Groups
from pitlive.declared.members import Members
from pitlive.declared.seeds import Totals
from pitlive.declared.shares import Shares, share
from pitlive.declared.sliding import Sliding
from pitlive.declared.stat import RowUpdates, StatSpec, Touched
from pitlive.numerics import Ints


class Spec(StatSpec):
    """Row, over (now - over, now].

    `count` and `proportion`: `{"current", "total", "proportion", "percentage"}`, where total
    is of all time; with `peak` also `"peak"`, `"peakProportion"`, `"peakPercentage"`.
    `sum`: `{"count", "sum"}`. `mean`: `{"count", "sum", "mean"}`, no mean of nothing.
    """

    kind: Literal["rolling"]
    over_s: float = Field(gt=0, le=31_536_000, description="How long it looks back [s].")
    figure: Literal["count", "sum", "mean", "proportion"] = Field(
        "count", description="What is told of the entries; proportion: of those where `of` is true."
    )
    of: str = Field("", description="The field it is about; none for count.")
    total: float | None = Field(
        None, gt=0, description="What counts are divided by, instead of the entries of all time."
    )
    totals: Totals = Field({}, description="The same by row key.")
    peak: bool = Field(
        False, description="Tell the largest count so far; costs a look at all of the group."
    )

    @model_validator(mode="after")
    def _fits(self) -> Spec:
        if (self.figure == "count") == bool(self.of):
            want = "none" if self.of else f"the field whose {self.figure} it is"
            raise ValueError(f"of: got {self.of!r}, want {want}")
        if self.figure in ("sum", "mean"):
            for part in ("peak", "total", "totals"):
                if getattr(self, part):
                    raise ValueError(f"{part}: got it, want none with {self.figure}")
        if self.total and self.totals:
            raise ValueError(f"total: got {self.total}, want either total or totals")
        return self

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,) if self.figure in ("sum", "mean") else ()

    @property
    def booleans(self) -> tuple[str, ...]:
        """The fields that must be true or false."""
        return (self.of,) if self.figure == "proportion" else ()

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        if self.numbers:
            return ("count", "sum", "mean") if self.figure == "mean" else ("count", "sum")
        peak = ("peak", "peakProportion", "peakPercentage") if self.peak else ()
        return ("current", "total", "proportion", "percentage", *peak)


class Stat:
    """A count and an exact sum a group of what is inside; what falls out is taken off.

    The peak is the largest count at any moment up to now, as the facts stand now: the
    order in which they were heard does not matter, and a correction corrects it too.
    """

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._spec, self._groups, self._table = spec, groups, groups.table
        self._scale = groups.table.scale(spec.of) if spec.numbers else 1
        self._sliding = Sliding(round(spec.over_s * 1000))
        self._current, self._total, self._sums = GroupCounts(), GroupCounts(), Sums()
        self._members, self._peaks = Members(groups), dict[str, int]()
        self._shares, self._touched = Shares(spec.totals, spec.total), Touched()

    def apply(self, indices: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        self._touched.add(self._groups.of[indices])
        indices = self._known(indices)
        self._total.add(self._groups.of[indices], sign)
        indices = self._told(indices)
        if self._spec.peak:
            self._members.apply(indices, sign, np.ones(self._table.size, np.bool_))
        self._add(
            indices[self._sliding.apply(indices, self._table.column(AT_MS)[indices], sign)], sign
        )

    def pass_to(self, now_ms: int) -> None:
        """Let what has become too old fall out."""
        self._add(self._sliding.pass_to(now_ms), -1)

    @property
    def reach_ms(self) -> int:
        """How long before now rows may have happened that can come back [ms]."""
        return self._sliding.over_ms

    def rewind(self, now_ms: int, indices: Ints) -> None:
        """Let what was taken for too old come back."""
        indices = self._told(self._known(indices))
        self._add(self._sliding.rewind(now_ms, indices, self._table.column(AT_MS)[indices]), 1)

    def _known(self, indices: Ints) -> Ints:
        """Return the rows that have what it is about."""
        if not self._spec.numbers:
            return indices
        known: Ints = indices[self._table.column(self._spec.of)[indices] != NOTHING]
        return known

    def _told(self, indices: Ints) -> Ints:
        """Return those of them that are counted or added up."""
        if not self._spec.booleans:
            return indices
        true: Ints = indices[self._table.column(self._spec.of)[indices] == 1]
        return true

    @property
    def due_ms(self) -> int | None:
        """When the next entry falls out [ms]."""
        return self._sliding.due_ms

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        at_ms = self._table.column(AT_MS)
        for key, rows in self._members.changed():
            self._peaks[key] = _peak(at_ms[rows], round(self._spec.over_s * 1000))
        untold: RowUpdates = {key: self._share(key, 0, 0) for key in self._shares.untold()}
        touched = ((group, self._groups.key(group)) for group in self._touched.drain())
        return untold | {key: self._row(group, key) for group, key in touched}

    def _add(self, indices: Ints, sign: int) -> None:
        if indices.size:
            groups = self._groups.of[indices]
            self._current.add(groups, sign)
            if self._spec.numbers:
                self._sums.add(groups, self._table.column(self._spec.of)[indices], sign)
            self._touched.add(groups)

    def _row(self, group: int, key: str) -> dict[str, float] | None:
        count, total = self._current.of(group), self._total.of(group)
        if not self._spec.numbers:
            return self._share(key, count, total)
        if not total:
            return None
        units = self._sums.of(group)
        row = {"count": count, "sum": units if self._scale == 1 else units / self._scale}
        if self._spec.figure == "mean" and count:
            row["mean"] = units / (count * self._scale)
        return row

    def _share(self, key: str, count: int, counted: int) -> dict[str, float] | None:
        row = self._shares.row(key, count, counted)
        if row is None or not self._spec.peak:
            return row
        peak = self._peaks.get(key, 0)
        if "total" not in row:
            return row | {"peak": peak}
        most = share(peak, row["total"])
        of, percentage = most["proportion"], most["percentage"]
        return row | {"peak": peak, "peakProportion": of, "peakPercentage": percentage}


def _peak(at_ms: Ints, over_ms: int) -> int:
    """Return the most that ever were inside: a count is largest when one has just come."""
    if not at_ms.size:
        return 0
    at_ms = np.sort(at_ms)
    upto = np.searchsorted(at_ms, at_ms, "right")
    return int((upto - np.searchsorted(at_ms, at_ms - over_ms, "right")).max())

"""Which share of the entries meets a condition, in all or by group."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pitlive.declared.exact import GroupCounts
from pitlive.declared.groups import Groups
from pitlive.declared.seeds import Totals
from pitlive.declared.shares import Shares
from pitlive.declared.stat import RowUpdates, StatSpec, Touched
from pitlive.numerics import Ints


class Spec(StatSpec):
    """Row: `{"current", "total", "proportion", "percentage"}`."""

    kind: Literal["proportion"]
    of: str = Field("", description="A boolean field: entries where it is true count; none: all.")
    totals: Totals = Field({}, description="What counts are divided by, by row key.")

    @model_validator(mode="after")
    def _is_of_something(self) -> Spec:
        if not (self.of or self.totals):
            raise ValueError("of: absent, want a boolean field, or totals")
        return self

    @property
    def booleans(self) -> tuple[str, ...]:
        """The fields that must be true or false."""
        return (self.of,) if self.of else ()

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("current", "total", "proportion", "percentage")


class Stat:
    """Two counts a group."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._groups, self._of = groups, spec.of
        self._current, self._total = GroupCounts(), GroupCounts()
        self._shares, self._touched = Shares(spec.totals), Touched()

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        groups = self._groups.of[rows]
        self._total.add(groups, sign)
        if self._of:
            groups = groups[self._groups.table.column(self._of)[rows] == 1]
        self._current.add(groups, sign)
        self._touched.add(self._groups.of[rows])

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        rows: RowUpdates = {key: self._shares.row(key, 0, 0) for key in self._shares.untold()}
        for group in self._touched.take():
            key, counted = self._groups.key(group), self._total.of(group)
            rows[key] = self._shares.row(key, self._current.of(group), counted)
        return rows

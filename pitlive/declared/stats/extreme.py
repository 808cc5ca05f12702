"""Smallest and largest value of a number, in all or by group."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pitlive.declared.groups import Groups
from pitlive.declared.members import GroupValues
from pitlive.declared.stat import RowUpdates, StatSpec
from pitlive.numerics import Ints


class Spec(StatSpec):
    """Row: `{"count", "min", "max"}` of the entries that have the number."""

    kind: Literal["extreme"]
    of: str = Field(description="The field whose extremes they are.")

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,)

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("count", "min", "max")


class Stat(GroupValues):
    """The values of a group are looked through again when one of them changes."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        super().__init__(groups, spec.of)
        self._scale = groups.table.scale(spec.of)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        return {key: self._row(values) for key, values in self.changed()}

    def _row(self, values: Ints) -> dict[str, float] | None:
        if not values.size:
            return None
        low, high = int(values.min()), int(values.max())
        if self._scale != 1:
            return {"count": values.size, "min": low / self._scale, "max": high / self._scale}
        return {"count": values.size, "min": low, "max": high}

"""Quantiles of a number, in all or by group: the median, or any other share."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from pitlive.declared.groups import Groups
from pitlive.declared.members import GroupValues
from pitlive.declared.stat import RowUpdates, StatSpec
from pitlive.numerics import Ints

Share = Annotated[float, Field(ge=0, le=1)]


class Spec(StatSpec):
    """Row: `{"count", "median"}`, or `{"count", "p90"}` and so on for other shares."""

    kind: Literal["quantile"]
    of: str = Field(description="The field whose quantiles they are.")
    at: tuple[Share, ...] = Field((0.5,), min_length=1, description="Shares from 0 to 1.")

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,)

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("count", *map(name, self.at))


class Stat(GroupValues):
    """The values of a group are looked through again when one of them changes.

    Between two values the quantile is in proportion, as numpy and pandas have it.
    """

    def __init__(self, spec: Spec, groups: Groups) -> None:
        super().__init__(groups, spec.of)
        self._at = spec.at
        self._scale = groups.table.scale(spec.of)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        return {key: self._row(values) for key, values in self.changed()}

    def _row(self, values: Ints) -> dict[str, float] | None:
        if not values.size:
            return None
        found = np.quantile(values / self._scale, self._at)
        named = zip(map(name, self._at), found.tolist(), strict=True)
        return {"count": values.size, **dict(named)}


def name(share: float) -> str:
    """Return what a quantile is called.

    >>> name(0.5), name(0.9), name(0.025)
    ('median', 'p90', 'p2.5')
    """
    return "median" if share == 0.5 else f"p{share * 100:.10g}"

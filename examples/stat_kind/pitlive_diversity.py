"""How evenly entries are spread over the values of a field: one large part, or many alike.

`effective` is the number of values that would be as diverse if all were equally frequent: the
exponential of Shannon's entropy (Hill, 1973).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from pitlive.declared.groups import Groups
from pitlive.declared.members import GroupValues
from pitlive.declared.stat import RowUpdates, StatSpec
from pitlive.numerics import Ints

DIGITS = 6
"""Decimals: the last bits of a logarithm differ between processors, and figures must not."""


class Spec(StatSpec):
    """Row: `{"count", "distinct", "entropy", "effective"}`, the entropy in bits."""

    kind: Literal["diversity"]
    of: str = Field(description="The field whose values are compared.")

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("count", "distinct", "entropy", "effective")


class Stat(GroupValues):
    """The values of a group are looked through again when one of them changes."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        super().__init__(groups, spec.of)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        return {key: row(values) for key, values in self.changed()}


def row(values: Ints) -> dict[str, float] | None:
    """Return the figures of a group, None if nothing is in it.

    >>> row(np.array([7, 7, 9, 9]))
    {'count': 4, 'distinct': 2, 'entropy': 1.0, 'effective': 2.0}
    """
    if not values.size:
        return None
    counts = np.unique(values, return_counts=True)[1]
    counts.sort()  # texts are numbered as they came, and sums depend on their order
    entropy = float((counts / values.size * np.log2(values.size / counts)).sum())
    return {
        "count": values.size,
        "distinct": counts.size,
        "entropy": round(entropy, DIGITS),
        "effective": round(2**entropy, DIGITS),
    }

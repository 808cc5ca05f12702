"""The milestone: told once, when a figure first compares so with a target."""

from __future__ import annotations

import operator
from typing import Literal

import numpy as np
from pydantic import Field

from pitlive.declared.rules import RuleSpec, Switch
from pitlive.declared.running_values import Looks
from pitlive.declared.stat import RowUpdates

COMPARATORS = {
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "<=": operator.le,
    "<": operator.lt,
}


class Spec(RuleSpec):
    """Row: that of a [rule](#rules), and `"message"`. On for ever once it is reached."""

    kind: Literal["milestone"]
    key: str | None = Field(None, description="The key of the row; default: every row for itself.")
    comparator: Literal[">", ">=", "==", "<=", "<"] = Field(
        ">=", description="How the figure compares with the target."
    )
    target: float = Field(description="What it is compared with.")
    message: str = Field("", max_length=1000, description="What people are told.")


class Stat:
    """The rows that have reached it; none is looked at again."""

    is_of_the_order = True

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._holds = COMPARATORS[spec.comparator]
        self._reached: dict[str, Switch] = {}
        self._changed: list[str] = []

    def look(self, looks: Looks) -> None:
        """Look at the figure after every entry that moved it."""
        for n in np.flatnonzero(self._holds(looks.before, self._spec.target)).tolist():
            self._reach(looks.keys[n], Switch(is_on=True))
        holds = np.flatnonzero(self._holds(looks.values, self._spec.target))
        rows, first = np.unique(looks.rows[holds], return_index=True)
        for row, n in zip(rows.tolist(), holds[first].tolist(), strict=True):
            switch = Switch()
            switch.begin(int(looks.clocks[n]), float(looks.values[n]))
            self._reach(looks.keys[row], switch)

    def rows(self) -> RowUpdates:
        """Return the rows that have reached it."""
        changed, self._changed = self._changed, []
        said = {"message": self._spec.message} if self._spec.message else {}
        return {key: self._reached[key].row() | said for key in changed}

    def _reach(self, key: str, switch: Switch) -> None:
        if key not in self._reached and self._spec.key in (None, key):
            self._reached[key] = switch
            self._changed.append(key)

"""How many different values a field has, in all or by group."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from pitlive.declared.groups import Groups
from pitlive.declared.members import GroupValues
from pitlive.declared.stat import RowUpdates, StatSpec


class Spec(StatSpec):
    """Row: `{"distinct"}`."""

    kind: Literal["distinct"]
    of: str = Field(description="The field whose values are counted, each once.")

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return ("distinct",)


class Stat(GroupValues):
    """The values of a group are looked through again when one of them changes."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        super().__init__(groups, spec.of)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        changed = ((key, np.unique(values).size) for key, values in self.changed())
        return {key: {"distinct": n} if n else None for key, n in changed}

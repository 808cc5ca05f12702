"""A plain figure under its own name: the newest value of a field, in all or by group."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pitlive.declared.groups import Groups
from pitlive.declared.newest import Newest
from pitlive.declared.stat import RowUpdates, StatSpec, channel_of
from pitlive.numerics import Ints


class Spec(StatSpec):
    """Row: the newest value of `of`, under the name of the stat: `{"totalvotes": 2345}`."""

    kind: Literal["single_value"]
    of: str = Field(description="The field whose newest value it is.")

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers of its rows that a rule can look at."""
        return (channel_of(self.name),)


class Stat:
    """One value a group."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._name, self._groups = channel_of(spec.name), groups
        self._newest = Newest(groups, spec.of)

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        self._newest.take(rows, sign)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        changed = ((self._groups.key(group), value) for group, value in self._newest.changed())
        return {key: None if value is None else {self._name: value} for key, value in changed}

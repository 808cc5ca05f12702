"""Free pairs of key and value: the newest value of each key, in all or by group."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from pitlive.declared.groups import Groups
from pitlive.declared.newest import Newest
from pitlive.declared.stat import RowUpdates, StatSpec
from pitlive.numerics import Ints


class Spec(StatSpec):
    """Row: `{"web": 45, "kiosk": 26}`: each value of `key`, and the newest of `of` with it."""

    kind: Literal["generic"]
    key: str = Field(description="The field that names the keys.")
    of: str = Field(description="The field whose newest value each has.")

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it is about, besides those of the groups."""
        return self.key, self.of


class Stat:
    """One value a pair of group and key."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._pairs = Groups(groups.table, (*spec.by, spec.key))
        self._newest = Newest(self._pairs, spec.of)
        self._found: dict[str, dict[str, Any]] = {}

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        self._pairs.extend()
        self._newest.take(rows, sign)

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        changed = {self._note(pair, value) for pair, value in self._newest.changed()}
        return {group: dict(sorted(self._found[group].items())) or None for group in changed}

    def _note(self, pair: int, value: Any) -> str:
        """Note the value of a pair; return its group."""
        group, key = self._pairs.key(pair, depth=-1), self._pairs.value(pair, -1)
        found = self._found.setdefault(group, {})
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
        return group

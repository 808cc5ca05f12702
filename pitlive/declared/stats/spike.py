"""The spike: on while a group has more than so many entries within so many seconds."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field

from pitlive.declared.exact import GroupCounts
from pitlive.declared.fact_table import AT_MS
from pitlive.declared.groups import Groups
from pitlive.declared.members import Members
from pitlive.declared.rules import Switch
from pitlive.declared.sliding import Sliding
from pitlive.declared.stat import RowUpdates, StatSpec, Touched
from pitlive.numerics import Ints


class Spec(StatSpec):
    """Row: that of a [rule](#rules), and `"count"`, how many there are in (now - over, now].

    On while a group has more than `more_than` entries in (t - over, t], event time.
    """

    kind: Literal["spike"]
    over_s: float = Field(gt=0, le=31_536_000, description="How long it looks back [s].")
    more_than: int = Field(ge=0, description="On while there are more entries than that.")

    @property
    def has_runs(self) -> bool:
        """Its rows say how often it came on."""
        return True


class Stat:
    """All that is told follows from the facts and the clock; nothing of it is remembered.

    The past of a group is looked through only if something in it may be new: an entry that is
    older than the clock, one that counts no longer, or more at once than the limit.
    """

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._spec, self._groups, self._table = spec, groups, groups.table
        self._over_ms = round(spec.over_s * 1000)
        self._sliding, self._counts = Sliding(self._over_ms), GroupCounts()
        self._fallen = GroupCounts()
        """How many fell out since the rows were last told."""
        self._members, self._switches = Members(groups), dict[int, Switch]()
        self._touched, self._rewritten = Touched(), Touched()
        self._now_ms = 0

    def apply(self, indices: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        at_ms, groups = self._table.column(AT_MS)[indices], self._groups.of[indices]
        self._members.apply(indices, sign, np.ones(self._table.size, np.bool_))
        self._rewritten.add(groups[at_ms < self._now_ms] if sign > 0 else groups)
        self._touched.add(groups)
        self._counts.add(groups[self._sliding.apply(indices, at_ms, sign)], sign)

    def pass_to(self, now_ms: int) -> None:
        """Let what has become too old fall out."""
        self._now_ms = now_ms
        fallen = self._groups.of[self._sliding.pass_to(now_ms)]
        self._counts.add(fallen, -1)
        self._fallen.add(fallen, 1)
        self._touched.add(fallen)

    @property
    def reach_ms(self) -> int:
        """How long before now rows may have happened that can come back [ms]."""
        return self._over_ms

    def rewind(self, now_ms: int, indices: Ints) -> None:
        """Let what was taken for too old come back."""
        self._now_ms = now_ms
        back = self._sliding.rewind(now_ms, indices, self._table.column(AT_MS)[indices])
        self._counts.add(self._groups.of[back], 1)
        self._touched.add(self._groups.of[back])
        self._rewritten.add(self._groups.of[back])

    @property
    def due_ms(self) -> int | None:
        """When the next entry falls out [ms]."""
        return self._sliding.due_ms

    def rows(self) -> RowUpdates:
        """Return the groups that changed and have ever been on."""
        touched = np.array(self._touched.drain(), np.int64)
        most = self._counts.among(touched) + self._fallen.among(touched)
        self._rewritten.add(touched[most > self._spec.more_than])
        self._fallen = GroupCounts()
        at_ms = self._table.column(AT_MS)
        for group, members in self._members.among(self._rewritten.drain()):
            switch = spikes(at_ms[members], self._over_ms, self._spec.more_than)
            if switch.times or group in self._switches:
                self._switches[group] = switch
        switched = [group for group in touched.tolist() if group in self._switches]
        return {self._groups.key(group): self._row(group) for group in switched}

    def _row(self, group: int) -> dict[str, Any] | None:
        switch, count = self._switches[group], self._counts.of(group)
        if not switch.times:
            return None
        row = switch.row() | {"is_on": count > self._spec.more_than, "count": count}
        if row["is_on"]:  # it is known when it will end, but that may change yet
            del row["ended_ms"]
        return row


def spikes(at_ms: Ints, over_ms: int, more_than: int) -> Switch:
    """Return how often there were more than so many at once, and the last time of them.

    >>> spikes(np.array([0, 4, 5, 30, 31]), over_ms=10, more_than=1).row()
    {'is_on': False, 'times': 2, 'began_ms': 31, 'ended_ms': 40, 'value': 2}
    """
    at_ms, n = np.sort(at_ms), at_ms.size
    if n <= more_than or (at_ms[more_than:] - at_ms[: n - more_than]).min() >= over_ms:
        return Switch()
    moments, of = np.unique(np.concatenate([at_ms, at_ms + over_ms]), return_inverse=True)
    change = np.bincount(of[:n], minlength=moments.size)
    change -= np.bincount(of[n:], minlength=moments.size)
    count = change.cumsum()
    edges = np.diff((count > more_than).astype(np.int64), prepend=0)
    begins, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    last = int(moments[begins[-1]]), int(moments[ends[-1]])
    return Switch(False, begins.size, *last, value=float(count[begins[-1]]))

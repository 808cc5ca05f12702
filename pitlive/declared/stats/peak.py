"""The peak: on while the newest closed window of a group has more than so many entries."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from pitlive.declared.fact_table import AT_MS
from pitlive.declared.groups import NONE, Groups
from pitlive.declared.rules import Switch
from pitlive.declared.stat import Moves, RowUpdates
from pitlive.declared.windows import Closed, Windows, WindowSpec
from pitlive.numerics import Ints


class Spec(WindowSpec):
    """Row: that of a [rule](#rules). On while the newest closed window has so many entries.

    `began_ms` and `ended_ms` are the ends of windows: of the first that had more entries
    than `more_than`, and of the first after it that had not. `value` is the count of the first.
    """

    kind: Literal["peak"]
    more_than: int = Field(ge=0, description="On while there are more entries than that.")

    @model_validator(mode="after")
    def _fits(self) -> Spec:
        self.check_every()
        return self

    @property
    def has_runs(self) -> bool:
        """Its rows say how often it came on."""
        return True


class Stat:
    """A switch a group that ever had a peak."""

    is_of_the_order = True

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._spec, self._groups, self._table = spec, groups, groups.table
        self._windows = Windows.of(spec)
        self._switches: dict[int, Switch] = {}
        self._on: set[int] = set()
        self._changed: set[int] = set()
        self._now_ms = 0
        self._newest = 0
        """The last closed window that anything was in."""

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do: `follow` says when."""

    def follow(self, moves: Moves) -> None:
        """Enter rows into the windows that are still open; what is late is left out."""
        moves = moves.among(self._groups.of[moves.rows] != NONE)
        self._windows.follow(self._table.column(AT_MS)[moves.rows], moves)

    def pass_to(self, now_ms: int) -> None:
        """Close the windows whose time is up."""
        self._now_ms = now_ms
        self._close(self._windows.closed(now_ms))

    @property
    def reach_ms(self) -> int:
        """How long before now rows may have happened that can come back [ms]."""
        return self._windows.reach_ms

    def rewind(self, now_ms: int, rows: Ints) -> None:
        """Open again what closed only because it was thought to be later."""
        self._now_ms = now_ms
        last = self._windows.last(now_ms)
        rows = rows[self._groups.of[rows] != NONE]
        self._windows.rewind(last, rows, self._table.column(AT_MS)[rows])
        self._newest = min(self._newest, last)

    def flush(self) -> None:
        """Close every window that has begun."""
        self._close(self._windows.flush(self._now_ms))

    @property
    def due_ms(self) -> int | None:
        """When the next window closes [ms]."""
        return self._windows.due_ms

    def rows(self) -> RowUpdates:
        """Return the groups that changed."""
        changed, self._changed = sorted(self._changed), set()
        return {self._groups.key(group): self._switches[group].row() for group in changed}

    def _close(self, last: int) -> None:
        for closed in self._windows.close(last):
            if closed.number > self._newest + 1:
                self._end(self._on, self._newest + 1)
            self._look(closed)
            self._newest = closed.number
        if last > self._newest:
            self._end(self._on, self._newest + 1)

    def _look(self, closed: Closed) -> None:
        counts = np.zeros(len(self._groups), np.int64)
        np.add.at(counts, self._groups.of[closed.rows], closed.signs)
        above = np.flatnonzero(counts > self._spec.more_than).tolist()
        self._end(self._on.difference(above), closed.number)
        for group in set(above) - self._on:
            switch = self._switches.setdefault(group, Switch())
            switch.begin(self._to_ms(closed.number), float(counts[group]))
            self._changed.add(group)
        self._on.update(above)

    def _end(self, groups: set[int], window: int) -> None:
        for group in groups:
            self._switches[group].end(self._to_ms(window))
        self._changed |= groups
        self._on = self._on - groups

    def _to_ms(self, window: int) -> int:
        return window * self._windows.every_ms + self._windows.over_ms

"""Any stat, followed entry by entry, for rules that look at figures which do not follow from sums.

Some 50 µs an entry; stats whose figures follow from sums do without (`course`). Time goes by
between entries too: a figure that falls with time alone is looked at whenever it falls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pitlive.declared.running_values import Looks
from pitlive.declared.stat import Moves, RewindingStat, RowUpdates, Stat, Timed
from pitlive.messages import Row
from pitlive.numerics import Ints


class OfRows(NamedTuple):
    """A course told by whole rows.

    Attributes:
        before: The rows before the batch, by key; of all keys that it is about.
        after: Each key that changed, its row and the clock, in the order of entries.
    """

    before: Mapping[str, Row]
    after: Sequence[tuple[str, Row, int]]

    def looks(self, figure: str) -> Looks:
        """Return one of the figures."""
        keys = list(self.before)
        number = {key: n for n, key in enumerate(keys)}
        told = sorted(self.after, key=lambda one: number[one[0]])
        return Looks(
            keys,
            np.array([_figure(row, figure) for row in self.before.values()], np.float64),
            np.array([number[key] for key, _, _ in told], np.int64),
            np.array([_figure(row, figure) for _, row, _ in told], np.float64),
            np.array([clock for _, _, clock in told], np.int64),
        )


class Stepped:
    """A stat to which entries come one by one, and time as it goes by."""

    def __init__(self, stat: Stat) -> None:
        self._stat = stat
        self._told: list[tuple[str, Row, int]] = []
        self._known: dict[str, Row] = {}
        self._opened = stat.rows()
        """Those that are there before any entry."""
        self._changed = dict(self._opened)

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do: `follow` says when."""

    def follow(self, moves: Moves) -> None:
        """Let each entry count by itself."""
        for one in _by_entry(moves):
            now_ms = int(one.clocks[0])
            self.pass_to(now_ms)
            for sign in (-1, 1):
                self._stat.take(one.rows[one.signs == sign], sign)
            if isinstance(self._stat, Timed):
                self._stat.pass_to(now_ms)
            self._look(now_ms)

    def pass_to(self, now_ms: int) -> None:
        """Let time go by, up to now."""
        if not isinstance(self._stat, Timed):
            return
        while (due_ms := self._stat.due_ms) is not None and due_ms <= now_ms:
            self._stat.pass_to(due_ms)
            self._look(due_ms)
        self._stat.pass_to(now_ms)

    @property
    def reach_ms(self) -> int:
        """How long before now rows may have happened that can come back [ms]."""
        return self._stat.reach_ms if isinstance(self._stat, RewindingStat) else 0

    def rewind(self, now_ms: int, rows: Ints) -> None:
        """It is only so late now."""
        if isinstance(self._stat, RewindingStat):
            self._stat.rewind(now_ms, rows)
            self._look(now_ms)

    @property
    def due_ms(self) -> int | None:
        """When time alone will change its rows [ms]."""
        return self._stat.due_ms if isinstance(self._stat, Timed) else None

    def rows(self) -> RowUpdates:
        """Return the rows that changed."""
        changed, self._changed = self._changed, {}
        return changed

    def course(self) -> OfRows:
        """Return what its figures were since the last call."""
        told, self._told = self._told, []
        self._known |= self._opened
        before = {key: self._known.get(key) for key in [*self._opened, *(one[0] for one in told)]}
        self._known |= {key: row for key, row, _ in told}
        self._opened = {}
        return OfRows(before, told)

    def _look(self, now_ms: int) -> None:
        rows = self._stat.rows()
        self._told += [(key, row, now_ms) for key, row in rows.items()]
        self._changed |= rows


def _by_entry(moves: Moves) -> Iterator[Moves]:
    """Yield the moves of each entry."""
    starts = np.flatnonzero(np.diff(moves.entries, prepend=-1))
    for start, end in zip(starts.tolist(), [*starts.tolist()[1:], len(moves.rows)], strict=True):
        yield moves.among(slice(start, end))


def _figure(row: Row | None, figure: str) -> float:
    value = row.get(figure) if isinstance(row, dict) else None
    return value if isinstance(value, int | float) else np.nan

"""The clock of a source: the newest event time of the facts that count, and of ticks.

What is taken back takes back what the clock learnt of it. That is looked up only when the
newest fact of all goes, among the facts that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pitlive.numerics import Ints


class TimedFacts(Protocol):
    """The facts of one type."""

    @property
    def newest_ms(self) -> int:
        """The newest event time of those that count [ms], 0 if none does."""
        ...


class SourceClock:
    """What time it is in a source.

    >>> clock = SourceClock([])
    >>> clock.over(np.array([5, 9, 7])).tolist(), clock.now_ms
    ([5, 9, 9], 9)
    >>> clock.after(won=[4], lost=[9]), clock.after(ticked=6), clock.after(lost=[4])
    (4, 6, 6)
    """

    def __init__(self, tables: Sequence[TimedFacts]) -> None:
        self._tables = tables
        self._ticked_ms = 0
        self.now_ms = 0

    def over(self, at_ms: Ints) -> Ints:
        """Return what time it is after each of many facts, of which none is taken back [ms]."""
        clocks: Ints = np.maximum(np.maximum.accumulate(at_ms), self.now_ms)
        if clocks.size:
            self.now_ms = int(clocks[-1])
        return clocks

    def after(self, *, won: Sequence[int] = (), lost: Sequence[int] = (), ticked: int = 0) -> int:
        """Return what time it is after an entry [ms].

        Args:
            won: The times of facts that count now.
            lost: The times of those that no longer do.
            ticked: How late it is, by an entry that is no fact.
        """
        self._ticked_ms = max(self._ticked_ms, ticked)
        newest_ms = max(ticked, *won) if won else ticked
        if newest_ms < self.now_ms and lost and max(lost) >= self.now_ms:
            left = (table.newest_ms for table in self._tables)
            self.now_ms = max(self._ticked_ms, newest_ms, *left)
        else:
            self.now_ms = max(self.now_ms, newest_ms)
        return self.now_ms

"""The newest of the rows that count, block by block: what moved is looked at again, and no more."""

from __future__ import annotations

import numpy as np

from pitlive.declared.exact import grown
from pitlive.numerics import Bools, Ints

BLOCK = 4096
"""Rows; entries that come in order of time have their newest in few blocks."""


class NewestTimes:
    """The newest event time of the rows of each block that count.

    >>> newest, at_ms, counts = NewestTimes(), np.array([5, 9, 7]), np.array([True, True, True])
    >>> newest.touch(0, 3)
    >>> newest.ms(at_ms, counts), newest.since(6, at_ms, counts).tolist()
    (9, [1, 2])
    >>> counts[1] = False
    >>> newest.touch(1, 2)
    >>> newest.ms(at_ms, counts), newest.since(6, at_ms, counts).tolist()
    (7, [2])
    """

    def __init__(self) -> None:
        self._newest = np.zeros(0, np.int64)
        self._is_stale = np.zeros(0, np.bool_)

    def touch(self, start: int, stop: int) -> None:
        """Rows from one up to before another count from now on, or no longer do."""
        last = (stop - 1) // BLOCK
        if last >= len(self._is_stale):
            self._newest = grown(self._newest, last + 1)
            self._is_stale = grown(self._is_stale, last + 1)
        self._is_stale[start // BLOCK : last + 1] = True

    def ms(self, at_ms: Ints, counts: Bools) -> int:
        """Return the newest event time of all that count [ms], 0 if none does."""
        for block in np.flatnonzero(self._is_stale).tolist():
            part = slice(block * BLOCK, (block + 1) * BLOCK)
            self._newest[block] = at_ms[part][counts[part]].max(initial=0)
        self._is_stale[:] = False
        return int(self._newest.max(initial=0))

    def since(self, since_ms: int, at_ms: Ints, counts: Bools) -> Ints:
        """Return the rows that count and happened since then, in order."""
        self.ms(at_ms, counts)
        found = [np.zeros(0, np.int64)]
        for block in np.flatnonzero(self._newest >= since_ms).tolist():
            part = slice(block * BLOCK, (block + 1) * BLOCK)
            young = counts[part] & (at_ms[part] >= since_ms)
            found.append(block * BLOCK + np.flatnonzero(young))
        return np.concatenate(found)

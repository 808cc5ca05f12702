"""The rows whose event time lies within the last so many milliseconds."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

import numpy as np

from pitlive.declared.exact import grown
from pitlive.numerics import Bools, Ints


class Sliding:
    """Rows in (now - over, now]; what falls out is found without looking at the rest.

    The rows of a batch are kept together in the order of their times, and the batches in
    a heap by their first.

    >>> sliding = Sliding(10)
    >>> sliding.apply(np.array([0, 1]), np.array([100, 105]), 1).tolist()
    [True, True]
    >>> sliding.pass_to(110).tolist(), sliding.due_ms
    ([0], 115)
    """

    def __init__(self, over_ms: int) -> None:
        self.over_ms = over_ms
        self._cut = np.iinfo(np.int64).min
        self._weights = np.zeros(0, np.int64)
        self._is_held = np.zeros(0, np.bool_)
        self._parts: list[tuple[int, int, Ints, Ints]] = []
        self._numbers = count()

    @property
    def due_ms(self) -> int | None:
        """When the next row falls out [ms], None if there is none."""
        return self._parts[0][0] + self.over_ms if self._parts else None

    def apply(self, indices: Ints, at_ms: Ints, sign: int) -> Bools:
        """Rows count from now on, or no longer do; tell which of them are inside."""
        inside = at_ms > self._cut
        kept, at_ms = indices[inside], at_ms[inside]
        if kept.size:
            size = int(kept.max()) + 1
            self._weights = grown(self._weights, size)
            self._is_held = grown(self._is_held, size)
            np.add.at(self._weights, kept, sign)
            is_new = ~self._is_held[kept]
            self._is_held[kept] = True
            order = np.argsort(at_ms[is_new], kind="stable")
            self._hold(kept[is_new][order], at_ms[is_new][order])
        return inside

    def pass_to(self, now_ms: int) -> Ints:
        """Return the rows that fall out because it is so late now."""
        self._cut = max(self._cut, now_ms - self.over_ms)
        fallen = [np.zeros(0, np.int64)]
        while self._parts and self._parts[0][0] <= self._cut:
            _, _, rows, at_ms = heappop(self._parts)
            end = int(np.searchsorted(at_ms, self._cut, "right"))
            fallen.append(rows[:end])
            self._hold(rows[end:], at_ms[end:])
        rows = np.unique(np.concatenate(fallen))
        out = rows[self._weights[rows] > 0]
        self._weights[rows], self._is_held[rows] = 0, False
        return out

    def rewind(self, now_ms: int, indices: Ints, at_ms: Ints) -> Ints:
        """Return which of the rows that count come back, for it is only so late now."""
        before, self._cut = self._cut, now_ms - self.over_ms
        is_back = (at_ms > self._cut) & (at_ms <= before)
        back, at_ms = indices[is_back], at_ms[is_back]
        if back.size:
            self._weights = grown(self._weights, int(back.max()) + 1)
            self._is_held = grown(self._is_held, int(back.max()) + 1)
            self._weights[back], self._is_held[back] = 1, True
            order = np.argsort(at_ms, kind="stable")
            self._hold(back[order], at_ms[order])
        return back

    def _hold(self, indices: Ints, at_ms: Ints) -> None:
        if indices.size:
            heappush(self._parts, (int(at_ms[0]), next(self._numbers), indices, at_ms))

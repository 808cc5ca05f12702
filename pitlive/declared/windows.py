"""Windows of event time: what is in each, until the clock closes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import numpy as np
from pydantic import Field

from pitlive.declared.stat import Moves, StatSpec
from pitlive.numerics import Bools, Ints

Moment = TypeVar("Moment", int, Ints)
"""One moment, or many [ms]."""


class WindowSpec(StatSpec):
    """What every stat of windows has."""

    over_s: float = Field(gt=0.0005, le=31_536_000, description="How long a window is [s].")
    every_s: float | None = Field(
        None, gt=0.0005, description="How often one begins [s], counted from 1970; default: over_s."
    )
    lateness_ms: int = Field(500, ge=0, le=86_400_000, description="How long it waits [ms].")

    def check_every(self) -> None:
        """Look whether windows leave nothing out, and do not overlap a thousand deep.

        Raises:
            ValueError: They do.
        """
        if self.every_s and not self.every_s <= self.over_s <= 1000 * self.every_s:
            raise ValueError(f"every_s: got {self.every_s}, want from over_s / 1000 to over_s")


class Closed(NamedTuple):
    """A window that has closed: its number, the rows that moved in it, and which way."""

    number: int
    rows: Ints
    signs: Ints


class Windows:
    """The moves of every open window; window n is [n × every, n × every + over).

    >>> windows = Windows(over_ms=10, every_ms=10, lateness_ms=2)
    >>> one = np.array([0])
    >>> windows.follow(np.array([5]), Moves(one, one + 1, np.array([5]), one, ["a"]))[0]
    array([], dtype=int64)
    >>> windows.due_ms, [closed.number for closed in windows.close(windows.closed(12))]
    (12, [0])
    """

    def __init__(self, over_ms: int, every_ms: int, lateness_ms: int) -> None:
        self.over_ms, self.every_ms, self.lateness_ms = over_ms, every_ms, lateness_ms
        self._open: dict[int, list[tuple[Ints, Ints]]] = defaultdict(list)
        self._flushed = -1
        self._first: int | None = None
        self.next: int | None = None
        """The first window that has not closed, of those since anything was in one."""

    @classmethod
    def of(cls, spec: WindowSpec) -> Windows:
        """Return them as they are declared."""
        over_ms = round(spec.over_s * 1000)
        every_ms = round(spec.every_s * 1000) if spec.every_s else over_ms
        return cls(over_ms, every_ms, spec.lateness_ms)

    def follow(self, at_ms: Ints, moves: Moves) -> tuple[Ints, Moves]:
        """Enter rows into the windows that are open when they come.

        Args:
            at_ms: When the rows happened [ms].

        Returns:
            What arrived too late, in this order: the closed windows, and the rows for them.
        """
        closed = np.maximum(self.closed(moves.clocks), self._flushed)
        late = [(at_ms[:0], np.zeros(0, np.int64))]
        for window, inside in self._around(at_ms):
            is_late = window <= closed
            which = inside & ~is_late
            self._enter(window[which], moves.rows[which], moves.signs[which])
            arrived = np.flatnonzero(inside & is_late & (moves.signs > 0))
            late.append((window[arrived], arrived))
        numbers, which = (np.concatenate(part) for part in zip(*late, strict=True))
        order = np.argsort(which, kind="stable")
        return numbers[order], moves.among(which[order])

    def closed(self, now_ms: Moment) -> Moment:
        """Return the newest window that is closed at a time."""
        return (now_ms - self.over_ms - self.lateness_ms) // self.every_ms

    def _enter(self, window: Ints, moved: Ints, signs: Ints) -> None:
        if not window.size:
            return
        order = np.argsort(window, kind="stable")
        numbers, starts = np.unique(window[order], return_index=True)
        rows, ways = np.split(moved[order], starts[1:]), np.split(signs[order], starts[1:])
        for number, *part in zip(numbers.tolist(), rows, ways, strict=True):
            self._open[number].append((part[0], part[1]))
        first = int(numbers[0])
        self.next = first if self.next is None else min(self.next, first)
        self._first = first if self._first is None else min(self._first, first)

    def flush(self, now_ms: int) -> int:
        """Close every window that has begun; return the newest of them."""
        self._flushed = now_ms // self.every_ms
        return self._flushed

    def last(self, now_ms: int) -> int:
        """Return the newest window that has closed, by the clock or by a flush."""
        return max(self.closed(now_ms), self._flushed)

    @property
    def reach_ms(self) -> int:
        """How long before now what happened may be in a window that is open [ms]."""
        return self.over_ms + self.lateness_ms

    def rewind(self, last: int, indices: Ints, at_ms: Ints) -> None:
        """Open all windows after one again, with the rows that count and are in them."""
        self._open.clear()
        had_begun = self._first is not None and self._first <= last
        self.next = last + 1 if had_begun else None
        self._first = self._first if had_begun else None
        for window, inside in self._around(at_ms):
            which = inside & (window > last)
            self._enter(window[which], indices[which], np.ones(int(which.sum()), np.int64))

    def _around(self, at_ms: Ints) -> Iterator[tuple[Ints, Bools]]:
        """Yield windows that begin before moments, and which of the moments are in them."""
        newest = at_ms // self.every_ms
        for back in range(-(-self.over_ms // self.every_ms)):
            window = newest - back
            yield window, at_ms < window * self.every_ms + self.over_ms

    @property
    def due_ms(self) -> int | None:
        """When the next window closes [ms]."""
        if self.next is None:
            return None
        return self.next * self.every_ms + self.over_ms + self.lateness_ms

    def close(self, last: int) -> list[Closed]:
        """Return the windows up to one that close now and were ever entered, the oldest first."""
        if self.next is None or self.next > last:
            return []
        numbers = sorted(number for number in self._open if number <= last)
        self.next = last + 1
        parts = ((n, zip(*self._open.pop(n), strict=True)) for n in numbers)
        return [Closed(n, *map(np.concatenate, part)) for n, part in parts]

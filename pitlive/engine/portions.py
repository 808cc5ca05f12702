"""What is due for readers, cut into publishes that hold up nobody.

Pure. Redis does one thing at a time: a publish of 250 rows takes it a millisecond, one of
2 million as many seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from pitlive.engine.mirror import ChannelRows, Mirror
from pitlive.messages import Row
from pitlive.store.publish import ChannelChange

UNCHANGED_PORTIONS = 50
"""Portions without a change that are looked through in one go: 50 ms of comparing."""

OneRow = tuple[str, str, Row | None]
"""Channel, row key, row."""


class Portions:
    """Rows that are published one portion after the other.

    Channels of few rows come first, so that they are published as a whole: so are the columns of a
    table, in the same publish as the bytes they announce, and totals before what they add up.

    Args:
        most_rows: Of a portion.
        most_bytes: Of its changes, messages and rows as they are stored.

    >>> laps = {"laps": {"1": 5, "2": 6}, "race": {"lap": 2}}
    >>> portions = Portions(laps, most_rows=2, most_bytes=1000)
    >>> portions.drain(Mirror(), at_ms=7)[1], len(portions)
    ({'race': {'lap': 2}, 'laps': {'1': 5}}, 1)
    """

    def __init__(self, rows: ChannelRows, most_rows: int, most_bytes: int) -> None:
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._size = sum(map(len, rows.values()))
        self._left = _one_by_one(rows)

    def __len__(self) -> int:
        """How many rows are left to be published."""
        return self._size

    def drain(
        self, mirror: Mirror, at_ms: int
    ) -> tuple[list[ChannelChange], dict[str, dict[str, Row]]]:
        """Return what is to be published next, and the rows that this is about.

        There may be no change among them: after many rows that readers have already,
        which is most of them after a restart, it is somebody else's turn.
        """
        for _ in range(UNCHANGED_PORTIONS):
            changes, rows = self._next(mirror, at_ms)
            if changes or not self._size:
                break
        return changes, rows

    def _next(
        self, mirror: Mirror, at_ms: int
    ) -> tuple[list[ChannelChange], dict[str, dict[str, Row]]]:
        some = list(islice(self._left, self._most_rows))
        while True:
            rows = _by_channel(some)
            changes = mirror.changes(rows, at_ms)
            if len(some) <= 1 or _size(changes) <= self._most_bytes:
                self._size -= len(some)
                return changes, rows
            half = len(some) // 2
            self._left = chain(some[half:], self._left)
            some = some[:half]


def _one_by_one(rows: ChannelRows) -> Iterator[OneRow]:
    channels = sorted(rows, key=lambda name: len(rows[name]))
    return ((name, key, row) for name in channels for key, row in rows[name].items())


def _by_channel(some: list[OneRow]) -> dict[str, dict[str, Row]]:
    rows: dict[str, dict[str, Row]] = {}
    for name, key, row in some:
        rows.setdefault(name, {})[key] = row
    return rows


def _size(changes: list[ChannelChange]) -> int:
    stored = (value for change in changes for value in change.rows.values() if value)
    return sum(len(change.message) for change in changes) + sum(map(len, stored))

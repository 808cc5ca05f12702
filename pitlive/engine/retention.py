"""How many events a log keeps: as many as were asked for, unless they are large."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

MOST_BYTES = 128 * 2**20
"""Of the events of a source. One that changes 50,000 rows is of megabytes, and a reader who
is that far behind is better off with a snapshot."""


class Retention:
    """What the newest events of a source take, as far as this engine has published them.

    >>> retention = Retention(keep=3, most_bytes=10)
    >>> retention.keep_with([4, 4]), retention.keep_with([4]), retention.keep_with([1, 1, 1])
    (3, 2, 3)
    """

    def __init__(self, keep: int, most_bytes: int = MOST_BYTES) -> None:
        self._keep, self._most_bytes = keep, most_bytes
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._is_full = False

    def keep_with(self, sizes: Iterable[int]) -> int:
        """Return how many events to keep when more are added.

        Args:
            sizes: Of those that are added [bytes].
        """
        for size in sizes:
            self._sizes.append(size)
            self._bytes += size
        while len(self._sizes) > 1 and self._bytes > self._most_bytes:
            self._bytes -= self._sizes.popleft()
            self._is_full = True
        while len(self._sizes) > self._keep:
            self._bytes -= self._sizes.popleft()
        return len(self._sizes) if self._is_full else self._keep

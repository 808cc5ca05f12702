"""The bytes sent to a group of readers, addressed by how many were sent before."""

from __future__ import annotations

import os
from bisect import bisect_left

WRITE_BYTES = 1 << 18
"""Bytes offered to the kernel in one write to a reader who is behind."""


class ByteLog:
    """Append-only bytes, trimmed from the front; who is behind is an offset into it.

    >>> log = ByteLog(keep=4)
    >>> log.append(b"abcdefgh", anyone_behind=True); log.append(b"ij", anyone_behind=True)
    >>> log.base, log.head, log.block_end(7), log.block_end(8), log.block_end(5)
    (6, 10, 8, 8, None)
    """

    def __init__(self, keep: int) -> None:
        self.base = 0
        self._keep = keep
        self._bytes = bytearray()
        self._ends: list[int] = []

    @property
    def head(self) -> int:
        """The offset after the last byte."""
        return self.base + len(self._bytes)

    def append(self, data: bytes, anyone_behind: bool) -> None:
        """Add a block; what nobody may still need is forgotten."""
        self._bytes += data
        spare = len(self._bytes) - self._keep if anyone_behind else len(self._bytes)
        self._ends.append(self.head)
        if not anyone_behind or spare > self._keep // 4:
            del self._bytes[:spare]
            self.base += spare
            del self._ends[: bisect_left(self._ends, self.base)]

    def block_end(self, offset: int) -> int | None:
        """Return where the block that an offset lies in ends, None if that is forgotten."""
        if offset < self.base:
            return None
        at = bisect_left(self._ends, offset)
        return self._ends[at] if at < len(self._ends) else self.head

    def part(self, start: int, end: int) -> bytes:
        """Return a copy of the bytes between two offsets that are not forgotten."""
        return bytes(self._bytes[start - self.base : end - self.base])

    def write(self, fd: int, offset: int) -> int:
        """Write from an offset on; return how many bytes the kernel took.

        Raises:
            BlockingIOError: It took none.
            OSError: The connection is broken.
        """
        start = offset - self.base
        with memoryview(self._bytes) as whole, whole[start : start + WRITE_BYTES] as part:
            return os.write(fd, part)

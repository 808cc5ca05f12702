"""Where a worker leaves what it counts: files that other workers read, and that have their room.

The library maps files with holes in them. On a full disk a write into a hole is a bus error,
which ends the process; so room is taken first, and what there is none for is not shared.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

FIRST = 2**16
"""Bytes of a file at first: hundreds of series."""

OVERHEAD = 64
"""Bytes of a series beside its key, at most."""


class MetricCounts:
    """The values of one kind of metric of this process, by key.

    A value that there is no room for is counted all the same: whoever counts has the sum, and
    leaves it here as a whole each time.
    """

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._file: MmapedDict | None = None

    def read_value(self, key: str) -> tuple[float, float]:
        """Return a value and its time, 0 for a new one."""
        with suppress(OSError):
            value, timestamp = self._with_room(key).read_value(key)  # type: ignore[no-untyped-call]
            return value, timestamp
        return 0.0, 0.0

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Leave a value where others find it, if there is room."""
        with suppress(OSError):
            self._with_room(key).write_value(key, value, timestamp)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()  # type: ignore[no-untyped-call]

    def _with_room(self, key: str) -> MmapedDict:
        """Return the file when there is room in it for a key.

        Raises:
            OSError: There is none.
        """
        if self._file is None:
            with Path(self._filename).open("ab") as new:
                _take_room(new.fileno(), FIRST)
            self._file = MmapedDict(self._filename)  # type: ignore[no-untyped-call]
        file = self._file
        if key not in file._positions and file._used + len(key) + OVERHEAD > file._capacity:
            _take_room(file._f.fileno(), 2 * file._capacity)
        return file


def _take_room(file: int, size: int) -> None:
    """Make a file so long, with no hole in it.

    Raises:
        OSError: There is no room.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:  # macOS
        os.pwrite(file, bytes(size - os.fstat(file).st_size), os.fstat(file).st_size)


def install() -> None:
    """Have the library leave its values like that; before the first is made."""
    values.MmapedDict = MetricCounts  # type: ignore[assignment, attr-defined]

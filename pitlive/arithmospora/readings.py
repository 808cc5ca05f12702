"""What was read of one stat: the newest of every row, whatever order readings come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pitlive.messages import Json


class ReadingResult(NamedTuple):
    """What came of a reading.

    Attributes:
        changed: Keys of rows that may have changed.
        lacked: Keys of new rows for which there was no room.
    """

    changed: set[str]
    lacked: list[str]


class Readings:
    """The rows of one stat as they were read.

    A reading is of all rows, or of those that changed. One that is older than the last of all
    changes nothing; of the others the newest wins, row by row.

    >>> read = Readings()
    >>> read.take(7, {"": 5, "PG": 1}, (), whole=True, most=2).lacked
    []
    >>> read.take(8, {"": 6, "UG": 2}, ("PG",), whole=False, most=2).lacked
    ['UG']
    >>> read.rows
    {'': 6}
    >>> read.take(6, {"": 4}, (), whole=False, most=2)
    ReadingResult(changed=set(), lacked=[])
    """

    def __init__(self) -> None:
        self._whole_us = -1
        self._read: dict[str, tuple[int, Json]] = {}

    def __len__(self) -> int:
        """How many rows are kept, those that are gone included."""
        return len(self._read)

    def __iter__(self) -> Iterator[str]:
        """The keys of what is kept."""
        return iter(self._read)

    def __contains__(self, key: object) -> bool:
        """Whether a row is kept."""
        return key in self._read

    @property
    def is_known(self) -> bool:
        """Whether it was read as a whole yet."""
        return self._whole_us >= 0

    @property
    def rows(self) -> dict[str, Json]:
        """Key → what was read."""
        return {key: read for key, (_, read) in self._read.items() if read is not None}

    def get(self, key: str) -> Json:
        """Return what was read of a row, None if it is not there."""
        return self._read.get(key, (0, None))[1]

    def forget(self, keys: Iterable[str]) -> None:
        """Keep some rows no longer: they will not be asked for again."""
        for key in keys:
            self._read.pop(key, None)

    def take(
        self, us: int, rows: Mapping[str, Json], gone: Iterable[str], *, whole: bool, most: int
    ) -> ReadingResult:
        """Take a reading of the moment `us`.

        Args:
            most: Rows that may be kept: those that are there are read on, and of the new ones
                as many are taken as there is room for, in their order.
        """
        if us < self._whole_us:
            return ReadingResult(set(), [])
        new = {**rows, **dict.fromkeys(gone)}
        lost = set()
        if whole:
            self._whole_us = us
            lost = {key for key, (at, _) in self._read.items() if at < us and key not in new}
            self.forget(lost)
        lacked = [key for key in new if key not in self._read][max(most - len(self), 0) :]
        for key in lacked:
            del new[key]
        newer = {key for key in new if us >= self._read.get(key, (-1, None))[0]}
        self._read.update((key, (us, new[key])) for key in newer)
        return ReadingResult(lost | newer, lacked)

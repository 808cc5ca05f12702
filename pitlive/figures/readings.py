"""What was read of one stat: the newest of every row, whatever order readings come in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pitlive.messages import Json


class Readings:
    """The rows of one stat as they were read.

    A reading is of all rows, or of those that changed. One that is older than the last of all
    changes nothing; of the others the newest wins, row by row.

    >>> read = Readings()
    >>> read.take(7, {"": 5, "PG": 1}, (), whole=True), read.take(8, {"": 6}, ("PG",), whole=False)
    ({'', 'PG'}, {'', 'PG'})
    >>> read.rows
    {'': 6}
    >>> read.take(6, {"": 4}, (), whole=False)
    set()
    """

    def __init__(self) -> None:
        self._whole_us = -1
        self._read: dict[str, tuple[int, Json]] = {}

    def __len__(self) -> int:
        """How many rows are kept, those that are gone included."""
        return len(self._read)

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

    def after(self, us: int, keys: Collection[str], *, whole: bool) -> int:
        """Return how many rows would be kept after a reading of these keys."""
        if us < self._whole_us:
            return len(self)
        if whole:
            return len(keys)
        return len(self) + sum(key not in self._read for key in keys)

    def take(
        self, us: int, rows: Mapping[str, Json], gone: Iterable[str], *, whole: bool
    ) -> set[str]:
        """Take a reading of the moment `us`; return the keys of rows that may have changed."""
        if us < self._whole_us:
            return set()
        new = {**rows, **dict.fromkeys(gone)}
        lost = set()
        if whole:
            self._whole_us = us
            lost = {key for key, (at, _) in self._read.items() if at < us and key not in new}
            for key in lost:
                del self._read[key]
        newer = {key for key in new if us >= self._read.get(key, (-1, None))[0]}
        self._read.update((key, (us, new[key])) for key in newer)
        return lost | newer

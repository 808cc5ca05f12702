"""Parts of readings that wait for the others of theirs, and which are given up for want of room."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import NamedTuple

from pitlive.messages import Entry, Json


class Reading(NamedTuple):
    """A stat as it was read at one moment, with all its parts.

    Attributes:
        us: When it was read [us since 1970].
        gone: Keys of rows that were removed.
        whole: Whether these are all rows of the stat, or those that changed.
    """

    us: int
    rows: Mapping[str, Json]
    gone: Sequence[str]
    whole: bool


class Lack(NamedTuple):
    """Rows of an entry for which there was no room."""

    entry: Entry
    keys: Sequence[str]


class WaitingParts:
    """The parts of one stat that wait, by the moment of their reading.

    >>> parts, told = WaitingParts(), {"us": 7, "parts": 2}
    >>> parts.add(Entry("a", "reading", 5, {**told, "rows": {"x": 1, "y": 2}}), 9, ()), len(parts)
    ([], 2)
    >>> parts.complete({**told, "part": 2, "rows": {"z": 3}}).rows, len(parts)
    ({'x': 1, 'y': 2, 'z': 3}, 0)
    """

    def __init__(self) -> None:
        self._held: dict[int, dict[int, Entry]] = {}
        self._moments: list[int] = []  # those of `_held`, as a heap: the oldest are first to go
        self._newest = -1
        self._rows = 0

    def __len__(self) -> int:
        """How many rows wait; a part without any counts as one."""
        return self._rows

    def complete(self, data: Mapping[str, Json]) -> Reading | None:
        """Return the reading of which this was the last part, None if others are to come.

        Those that are as old or older wait no longer.
        """
        us, part = data["us"], data.get("part", 1)
        held = self._held.get(us, {})
        if len(held) + (part not in held) < data.get("parts", 1):
            return None
        parts = {n: entry.data for n, entry in held.items()} | {part: data}
        while self._moments and self._moments[0] <= us:
            self._drop_oldest()
        rows, gone = dict[str, Json](), list[str]()
        for n in sorted(parts):
            rows.update(parts[n].get("rows", {}))
            gone += parts[n].get("gone", ())
        return Reading(us, rows, gone, bool(data.get("whole")))

    def add(self, entry: Entry, most: int, known: Container[str]) -> list[Lack]:
        """Have a part wait; return what cannot for want of room.

        First older readings are given up, then new rows of the part. Those that are known wait
        with the newest reading in any case: what is shown of them would stay as it is for good.

        Args:
            most: Rows of this stat that may wait.
            known: Keys of its rows that are there.
        """
        us, part = entry.data["us"], entry.data.get("part", 1)
        lacks: list[Lack] = []
        self._remove(us, part)
        while self._rows + _size(entry) > most and self._moments and self._moments[0] < us:
            lacks += [Lack(one, keys(one.data)) for one in self._drop_oldest()]
        over = self._rows + _size(entry) - most
        if over > 0:
            if self._moments and self._newest > us:
                return [*lacks, Lack(entry, keys(entry.data))]
            new = [key for key in keys(entry.data) if key not in known][-over:]
            lacks += [Lack(entry, new)] if new else []
            entry = _without(entry, new)
        if us not in self._held:
            self._newest = max(self._newest, us) if self._moments else us
            heappush(self._moments, us)
        self._held.setdefault(us, {})[part] = entry
        self._rows += _size(entry)
        return lacks

    def _remove(self, us: int, part: int) -> None:
        """Take out a part that is told again."""
        if before := self._held.get(us, {}).pop(part, None):
            self._rows -= _size(before)

    def _drop_oldest(self) -> list[Entry]:
        dropped = [*self._held.pop(heappop(self._moments)).values()]
        self._rows -= sum(map(_size, dropped))
        return dropped


def keys(data: Mapping[str, Json]) -> list[str]:
    """Return the keys of the rows that a part of a reading is about.

    >>> keys({"rows": {"x": 1}, "gone": ["x", "y"]})
    ['x', 'y']
    """
    return [*dict.fromkeys([*data.get("rows", ()), *data.get("gone", ())])]


def _size(entry: Entry) -> int:
    return len(keys(entry.data)) or 1


def _without(entry: Entry, new: Sequence[str]) -> Entry:
    """Return an entry without some of its rows."""
    left = set(new)
    rows = {key: row for key, row in entry.data.get("rows", {}).items() if key not in left}
    gone = [key for key in entry.data.get("gone", ()) if key not in left]
    return replace(entry, data={**entry.data, "rows": rows, "gone": gone})

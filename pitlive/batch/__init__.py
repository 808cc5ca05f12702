"""Many entries at once, by column: how they travel from the door to the fold.

Most of what is reported together is alike: one type, the same fields. A column of a
thousand numbers is read, checked and added up far faster than a thousand objects with a
number each. To whoever prefers objects a batch is a sequence of entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any, NamedTuple, overload

from pitlive.batch.alike import (
    Alike,
    Places,
    Shape,
    by_column,
    by_row,
    joined,
    scattered,
    shape_of,
)
from pitlive.messages import Entry

__all__ = ["Alike", "Batch", "Logged", "Places", "scattered", "together"]


class Logged(NamedTuple):
    """Entries that one step appended to the log.

    Attributes:
        ms: When, by Redis's clock [ms since 1970].
        number: The place of the first of them in the whole log, counted from 1.
        size: How many there are.
        seen_ms: When we heard of them [ms since 1970].
    """

    ms: int
    number: int
    size: int
    seen_ms: int


class Batch(Sequence[Entry]):
    """Entries in their order, kept by column where they are alike.

    >>> batch = Batch.of([Entry("a", "lap", 5, {"lap": 1}), Entry("b", "lap", 9, {"lap": 2})])
    >>> batch.parts[0].data
    {'lap': [1, 2]}
    >>> batch[1:][0].uid
    'b'

    Attributes:
        uids: The uid of every entry.
        revisions: The revision of every entry.
        parts: The rest of them, by what is alike.
        logged: How they came into the log, none if they are not in it yet.
    """

    def __init__(
        self,
        uids: Sequence[str],
        revisions: Sequence[int],
        parts: Sequence[Alike],
        logged: Sequence[Logged] = (),
    ) -> None:
        self.uids = uids
        self.revisions = revisions
        self.parts = parts
        self.logged = logged

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Batch:
        """Return entries as a batch."""
        if isinstance(entries, Batch):
            return entries
        if len(entries) == 1:  # as from an operator: it need not be compared with others
            (one,) = entries
            whole = by_column(entries, range(1))
            return cls([one.uid], [one.revision], [whole], [_logged(one)] if one.id else ())
        found: dict[Shape, list[int]] = {}
        for place, entry in enumerate(entries):
            found.setdefault(shape_of(entry), []).append(place)
        parts = [by_column([entries[n] for n in places], places) for places in found.values()]
        logged = [_logged(entry) for entry in entries if entry.id]
        uids, revisions = [e.uid for e in entries], [e.revision for e in entries]
        return cls(uids, revisions, parts, logged)

    @property
    def newest_ms(self) -> int:
        """The newest event time [ms], 0 of none."""
        return max((max(part.at_ms) for part in self.parts), default=0)

    def __len__(self) -> int:
        return len(self.uids)

    def __iter__(self) -> Iterator[Entry]:
        entries: list[Any] = [None] * len(self)
        ids = [f"{one.ms}-{one.number + n}" for one in self.logged for n in range(one.size)]
        seen = [ms for one in self.logged for ms in repeat(one.seen_ms, one.size)]
        for part in self.parts:
            for n, at_ms, data, amends, origin in by_row(part):
                entries[n] = Entry(
                    uid=self.uids[n],
                    type=part.type,
                    at_ms=at_ms,
                    data=data,
                    revision=self.revisions[n],
                    amends=amends,
                    retract=part.retract,
                    origin=origin,
                    seen_ms=seen[n] if seen else 0,
                    id=ids[n] if ids else "",
                )
        return iter(entries)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Batch: ...
    def __getitem__(self, at: int | slice) -> Entry | Batch:
        """Return an entry, or a part of the batch, which must be without gaps."""
        if not isinstance(at, slice):
            return next(iter(self[at : at + 1 or None]))
        start, stop, _ = at.indices(len(self))
        if stop - start >= len(self):
            return self
        parts = [part for one in self.parts if (part := one.between(start, stop)).places]
        logged = list(_stretches(self.logged, start, stop))
        return Batch(self.uids[start:stop], self.revisions[start:stop], parts, logged)

    @property
    def at_ms(self) -> Sequence[int]:
        """When each of the entries happened [ms]."""
        return scattered(len(self), ((part.places, part.at_ms) for part in self.parts))

    @property
    def last(self) -> str:
        """The id of the last entry, empty if it is not in the log."""
        if not self.logged:
            return ""
        newest = self.logged[-1]
        return f"{newest.ms}-{newest.number + newest.size - 1}"

    def uids_of(self, part: Alike) -> Sequence[str]:
        """Return the uids of one of its parts."""
        if len(part.places) == len(self):
            return self.uids
        return [self.uids[n] for n in part.places]

    def seen_ms(self, place: int) -> int:
        """Return when we heard of an entry of the log [ms since 1970]."""
        (one,) = _stretches(self.logged, place, place + 1)
        return one.seen_ms

    @property
    def is_plain(self) -> bool:
        """Whether all are first reports: none corrects, amends or retracts anything."""
        amended = any(part.retract or part.amends is not None for part in self.parts)
        return not amended and not any(self.revisions)


def together(pieces: Sequence[tuple[Places, Batch]]) -> Batch:
    """Return several batches as one.

    Args:
        pieces: Each with the place of every entry in the whole.

    >>> a, b = (Batch.of([Entry(uid, "lap", 5, {"lap": 1})]) for uid in "ab")
    >>> together([([1], a), ([0], b)]).uids
    ['b', 'a']
    """
    if len(pieces) == 1:
        return pieces[0][1]
    size = sum(len(batch) for _, batch in pieces)
    found: dict[Shape, list[Alike]] = {}
    for places, batch in pieces:
        for part in batch.parts:
            own = places if len(batch.parts) == 1 else [places[n] for n in part.places]
            found.setdefault(part.shape, []).append(replace(part, places=own))
    return Batch(
        scattered(size, ((places, batch.uids) for places, batch in pieces)),
        scattered(size, ((places, batch.revisions) for places, batch in pieces)),
        [joined(parts) for parts in found.values()],
        [one for _, batch in pieces for one in batch.logged],
    )


def _logged(entry: Entry) -> Logged:
    ms, _, number = entry.id.partition("-")
    return Logged(int(ms), int(number), 1, entry.seen_ms)


def _stretches(logged: Iterable[Logged], start: int, stop: int) -> Iterator[Logged]:
    """What remains of the stretches in a part of the batch."""
    begin = 0
    for one in logged:
        low, high = max(start, begin), min(stop, begin + one.size)
        if low < high:
            yield one._replace(number=one.number + low - begin, size=high - low)
        begin += one.size

"""Many entries at once, by column: how they travel from the door to the fold.

Most of what is reported together is alike: one type, the same fields. A column of a
thousand numbers is read, checked and added up far faster than a thousand objects with a
number each. To whoever prefers objects a batch is a sequence of entries.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, NamedTuple, overload

from pitlive.messages import Entry, Json

Places = Sequence[int]
"""Where each of some entries stands in its batch, counted from 0, ascending."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Those entries of a batch that are of one type and have the same fields, by column.

    Attributes:
        type: What kind of facts they are.
        places: Where they stand in the batch.
        at_ms: When each happened [ms].
        data: Field → what each has in it, which is never None.
        amends: The uid of the fact that each amends, None if they amend none.
        origin: Who reported each, None if that is not known.
        retract: They take their facts out.
    """

    type: str
    places: Places
    at_ms: Sequence[int]
    data: Mapping[str, Sequence[Json]]
    amends: Sequence[str] | None = None
    origin: Sequence[str] | None = None
    retract: bool = False

    @property
    def shape(self) -> Shape:
        """What they have in common."""
        has = self.amends is not None, self.origin is not None
        return self.type, self.retract, *has, *self.data

    def each(self, change: Callable[[Sequence[Any]], Sequence[Any]], places: Places) -> Alike:
        """Return them with every column changed, and at other places."""
        return replace(
            self,
            places=places,
            at_ms=change(self.at_ms),
            data={name: change(column) for name, column in self.data.items()},
            amends=self.amends and change(self.amends),
            origin=self.origin and change(self.origin),
        )

    def between(self, start: int, stop: int) -> Alike:
        """Return those that stand in a part of the batch, by their places in that part."""
        own = slice(bisect_left(self.places, start), bisect_left(self.places, stop))
        return self.each(lambda column: column[own], [n - start for n in self.places[own]])


Shape = tuple[str | bool, ...]


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
        found: dict[Shape, list[int]] = {}
        for place, entry in enumerate(entries):
            found.setdefault(_shape(entry), []).append(place)
        parts = [_alike([entries[n] for n in places], places) for places in found.values()]
        logged = [_logged(entry) for entry in entries if entry.id]
        uids, revisions = [e.uid for e in entries], [e.revision for e in entries]
        return cls(uids, revisions, parts, logged)

    def __len__(self) -> int:
        return len(self.uids)

    def __iter__(self) -> Iterator[Entry]:
        entries: list[Any] = [None] * len(self)
        ids = [f"{one.ms}-{one.number + n}" for one in self.logged for n in range(one.size)]
        seen = [ms for one in self.logged for ms in repeat(one.seen_ms, one.size)]
        for part in self.parts:
            for n, at_ms, data, amends, origin in _rows(part):
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
        [_joined(parts) for parts in found.values()],
        [one for _, batch in pieces for one in batch.logged],
    )


def scattered(size: int, columns: Iterable[tuple[Places, Sequence[Any]]]) -> Sequence[Any]:
    """Return one column of several, whose values stand at these places.

    >>> scattered(3, [([0, 2], "ac"), ([1], "b")])
    ['a', 'b', 'c']
    """
    whole: list[Any] = [None] * size
    for places, values in columns:
        if len(places) == size:
            return values
        if isinstance(places, range):
            whole[places.start : places.stop] = values
            continue
        for place, value in zip(places, values, strict=True):
            whole[place] = value
    return whole


def _shape(entry: Entry) -> Shape:
    """The shape of the part that an entry is in: what is None is as good as absent."""
    names = entry.data if None not in entry.data.values() else _known(entry.data)
    return entry.type, entry.retract, entry.amends is not None, entry.origin is not None, *names


def _known(data: Mapping[str, Json]) -> list[str]:
    return [name for name, value in data.items() if value is not None]


def _alike(entries: Sequence[Entry], places: Places) -> Alike:
    """Entries of one shape by column."""
    first = entries[0]
    return Alike(
        first.type,
        places,
        [entry.at_ms for entry in entries],
        {name: [entry.data[name] for entry in entries] for name in _known(first.data)},
        None if first.amends is None else [entry.amends or "" for entry in entries],
        None if first.origin is None else [entry.origin or "" for entry in entries],
        first.retract,
    )


def _logged(entry: Entry) -> Logged:
    ms, _, number = entry.id.partition("-")
    return Logged(int(ms), int(number), 1, entry.seen_ms)


def _rows(part: Alike) -> Iterator[tuple[int, int, dict[str, Json], str | None, str | None]]:
    """The place, event time, data, amended uid and origin of each."""
    names = tuple(part.data)
    values = zip(*part.data.values(), strict=True) if names else repeat(())
    data = (dict(zip(names, row, strict=True)) for row in values)
    amends, origin = part.amends or repeat(None), part.origin or repeat(None)
    return zip(part.places, part.at_ms, data, amends, origin, strict=False)


def _stretches(logged: Iterable[Logged], start: int, stop: int) -> Iterator[Logged]:
    """What remains of the stretches in a part of the batch."""
    begin = 0
    for one in logged:
        low, high = max(start, begin), min(stop, begin + one.size)
        if low < high:
            yield one._replace(number=one.number + low - begin, size=high - low)
        begin += one.size


def _joined(parts: Sequence[Alike]) -> Alike:
    """Parts of one shape as one part."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    places = [n for part in parts for n in part.places]
    order = sorted(range(len(places)), key=places.__getitem__)
    whole = replace(
        first,
        places=places,
        at_ms=[n for part in parts for n in part.at_ms],
        data={name: [v for part in parts for v in part.data[name]] for name in first.data},
        amends=first.amends and [uid for part in parts for uid in part.amends or ()],
        origin=first.origin and [who for part in parts for who in part.origin or ()],
    )
    if all(map(int.__eq__, order, range(len(order)))):
        return whole
    return whole.each(lambda column: [column[n] for n in order], [places[n] for n in order])

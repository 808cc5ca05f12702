"""Entries of one type with the same fields, by column, and how columns are made, cut and joined."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

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


def shape_of(entry: Entry) -> Shape:
    """Return the shape of the part that an entry is in: what is None is as good as absent."""
    names = entry.data if None not in entry.data.values() else _known(entry.data)
    return entry.type, entry.retract, entry.amends is not None, entry.origin is not None, *names


def _known(data: Mapping[str, Json]) -> list[str]:
    return [name for name, value in data.items() if value is not None]


def by_column(entries: Sequence[Entry], places: Places) -> Alike:
    """Return entries of one shape by column."""
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


def by_row(part: Alike) -> Iterator[tuple[int, int, dict[str, Json], str | None, str | None]]:
    """Return the place, event time, data, amended uid and origin of each."""
    names = tuple(part.data)
    values = zip(*part.data.values(), strict=True) if names else repeat(())
    data = (dict(zip(names, row, strict=True)) for row in values)
    amends, origin = part.amends or repeat(None), part.origin or repeat(None)
    return zip(part.places, part.at_ms, data, amends, origin, strict=False)


def joined(parts: Sequence[Alike]) -> Alike:
    """Return parts of one shape as one part."""
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

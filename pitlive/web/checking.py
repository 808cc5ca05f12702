"""Reported things → a batch of entries: checked together where they are alike, else one by one.

What comes out, and every refusal by its place, is the same whichever way it was checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pitlive.ahead import ahead_of
from pitlive.batch import Batch, Places, together
from pitlive.kind import kind_of
from pitlive.messages import Entry, Json, Rejection

CHECKED_SINGLY = 8
"""At most so many are checked one by one: to look for the wrong one by columns costs as much."""

CheckedPiece = tuple[Places, Batch | Entry | Rejection]
"""Entries and their places among what was reported; or the one at a place, or why it is none."""

BatchCheck = Callable[[Sequence[Json]], Batch | None]


class Checked(NamedTuple):
    """What was reported, as far as it can be taken, and why the rest cannot.

    Attributes:
        refused: By place among what was reported.
    """

    batch: Batch
    refused: dict[int, Rejection]


def check(
    things: Sequence[Json | Rejection],
    spec: Mapping[str, Json],
    *,
    seen_ms: int,
    text: bool,
    wall_ms: int = 0,
) -> Checked:
    """Check things by the declaration of their source.

    Args:
        things: What was reported, or why a piece of it could not be read.
        seen_ms: Stands in for an absent `at_ms` [ms]: when we heard, or how late it is there.
        text: Values come as text.
        wall_ms: What time it is [ms since 1970]: nothing may happen too far ahead of it.

    >>> thing = {"type": "lap", "car": "24", "lap": 1, "at_ms": 16183}
    >>> checked = check([thing, thing | {"lap": 0}], {}, seen_ms=0, text=False)
    >>> checked.batch.uids, checked.refused[1].field
    (['lap/24/1'], 'lap')
    """
    kind = kind_of(spec)
    ahead = ahead_of(spec, kind.ahead)

    def alone(thing: Json | Rejection) -> Entry | Rejection:
        if isinstance(thing, Rejection):
            return thing
        made = kind.entry(thing, spec, seen_ms=seen_ms, text=text)
        if isinstance(made, Rejection):
            return made
        if ahead and ahead.is_beyond(made.at_ms, wall_ms):
            return Rejection(made.uid, "at_ms", made.at_ms, ahead.want(wall_ms))
        return made

    def all_at_once(things: Sequence[Json | Rejection]) -> Batch | None:
        made = kind.batch(things, spec, seen_ms=seen_ms, text=text)
        if made and ahead and ahead.is_beyond(made.newest_ms, wall_ms):
            return None
        return made

    few = CHECKED_SINGLY if kind.is_columnar else len(things)
    return _checked(list(_pieces(range(len(things)), things, few, all_at_once, alone)))


def _pieces(
    places: Places,
    things: Sequence[Any],
    few: int,
    all_at_once: BatchCheck,
    alone: Callable[[Any], Any],
) -> Iterator[CheckedPiece]:
    """Divide until what is wrong, or unlike the others, is among few."""
    if len(things) <= few:
        yield from (([place], alone(thing)) for place, thing in zip(places, things, strict=True))
    elif (batch := all_at_once(things)) is not None:
        yield places, batch
    else:
        for part in _divided(things):
            own = [places[n] for n in part], [things[n] for n in part]
            yield from _pieces(*own, few, all_at_once, alone)


def _divided(things: Sequence[Any]) -> list[Places]:
    """Return the places of those with the same fields, or of two halves if all have them."""
    found: dict[Any, list[int]] = {}
    for place, thing in enumerate(things):
        found.setdefault(_shape(thing), []).append(place)
    half = len(things) // 2
    return [*found.values()] if len(found) > 1 else [range(half), range(half, len(things))]


def _shape(thing: Any) -> Any:
    """The fields that a thing has, and its type."""
    if not isinstance(thing, dict):
        return None
    type = thing.get("type")
    return type if isinstance(type, str) else None, *(k for k, v in thing.items() if v is not None)


def _checked(pieces: Sequence[CheckedPiece]) -> Checked:
    """Put together what was found piece by piece: what was checked by column stays so."""
    refused = {places[0]: what for places, what in pieces if isinstance(what, Rejection)}
    single = {places[0]: what for places, what in pieces if isinstance(what, Entry)}
    good = [(places, what) for places, what in pieces if isinstance(what, Batch)]
    if single or not good:
        ordered = sorted(single)
        good.append((ordered, Batch.of([single[place] for place in ordered])))
    return Checked(_together(good), dict(sorted(refused.items())))


def _together(good: Sequence[tuple[Places, Batch]]) -> Batch:
    """Return batches as one, in which each entry has the place that is left to it."""
    if len(good) == 1:
        return good[0][1]
    order = sorted(place for places, _ in good for place in places)
    rank = {place: n for n, place in enumerate(order)}
    return together([([rank[place] for place in places], batch) for places, batch in good])

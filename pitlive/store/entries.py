"""The entry log: append once, read in order.

A record of the log is a batch of entries, so what is sent together costs one step. Entries
are numbered; the id of a record is that of its last entry, so that all the commands of a
Redis Stream that go on after an id find the record in which the next entry stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, cast

import orjson

from pitlive.batch import Alike, Batch, Logged, together
from pitlive.errors import UnknownSource
from pitlive.messages import Entry, Json
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys

BATCH = 1000
"""Entries a record: about 2 ms, so that nobody else waits long for Redis."""

AT_FIRST, AT_MOST = 4, 256
"""Records asked for at once: few, for each may be full, then more and more if they are small."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of entries: how many were new, and the id of the newest of those."""

    accepted: int
    repeats: int
    last: str | None


def append(client: Redis, source: str, entries: Sequence[Entry], seen_ms: int) -> Appended:
    """Append entries to the log of a source, each uid and revision once.

    An amendment with revision 0 is given the next revision of its fact.

    Raises:
        UnknownSource: The source has not been declared.
    """
    whole = Batch.of(entries)
    parts = (whole[start : start + BATCH] for start in range(0, len(whole), BATCH))
    taken = [_append_new(client, source, part, seen_ms) for part in parts]
    accepted = sum(one.accepted for one in taken)
    last = next((one.last for one in reversed(taken) if one.last), None)
    return Appended(accepted, len(whole) - accepted, last)


def read(client: Redis, source: str, after: str, limit: int, last: str = "") -> Batch:
    """Return up to `limit` entries after an id (`"0-0"`: the start) up to `last`, oldest first."""
    found, size, ask = list[Batch](), 0, AT_FIRST
    while size < limit:
        start = found[-1].last if found else after
        records = cast(Any, client.xrange(key(source, "entries"), min=f"({start}", count=ask))
        found += [_batch(id, fields) for id, fields in records]
        if len(records) < ask or (last and not is_before(found[-1].last, last)):
            break
        size = sum(map(len, found))
        ask = max(1, min(AT_MOST, 4 * ask, (limit - size) * len(found) // size))
    return _part(found, after, limit, last)


def wait(client: Redis, source: str, after: str, limit: int, within_ms: int) -> Batch:
    """Return entries after an id as soon as there are any, or nothing after `within_ms`."""
    log = key(source, "entries")
    found = cast(Any, client.xread({log: after}, count=AT_FIRST, block=max(1, within_ms)))
    if not found:
        return Batch.of([])
    ((_, logged),) = found.items() if isinstance(found, dict) else found
    records = [_batch(id, fields) for id, fields in _flat(logged)]
    first = _part(records, after, limit)
    if len(records) < AT_FIRST or len(first) == limit:
        return first
    return _joined([first, read(client, source, first.last, limit - len(first))])


def named(client: Redis, source: str, uid: str) -> Entry | None:
    """Return the entry of the highest revision that was accepted under a uid, if any."""
    known = cast(Any, client.hget(key(source, "uids"), uid))
    if known is None:
        return None
    id = known.split()[-1].decode()
    found = cast(Any, client.xrange(key(source, "entries"), min=id, count=1))
    return next((e for e in _batch(*found[0]) if e.id == id), None) if found else None


def count(client: Redis, source: str) -> int:
    """Return how many entries the log holds."""
    known = cast(Any, client.hget(key(source, "meta"), "newest"))
    return counted(known, client.xlen(key(source, "entries")))


def counted(newest: bytes | None, records: int) -> int:
    """Return how many entries a log has.

    Args:
        newest: The id of its newest entry, None in a log of before there were batches.
        records: How many records it has.

    >>> counted(b"1763822400000-41", 3), counted(None, 3)
    (41, 3)
    """
    return place(newest.decode())[1] if newest else records


def newest(client: Redis, source: str) -> str:
    """Return the id of the newest entry, `"0-0"` for an empty log."""
    found = cast(Any, client.xrevrange(key(source, "entries"), count=1))
    return found[0][0].decode() if found else "0-0"


def newest_ms(client: Redis, source: str) -> int | None:
    """Return the largest event time of all entries [ms], None if there are none."""
    known = cast(Any, client.hget(key(source, "meta"), "at_ms"))
    return None if known is None else int(known)


def is_before(one: str, other: str) -> bool:
    """Tell whether an entry id is before another in the log.

    >>> is_before("9-3", "10-0")
    True
    """
    return place(one) < place(other)


def place(id: str) -> tuple[int, int]:
    """Return an entry id as numbers, which are in the order of the log."""
    ms, _, n = id.partition("-")
    return int(ms), int(n or 0)


def _append_new(client: Redis, source: str, batch: Batch, seen_ms: int) -> Appended:
    """Append those of a batch that are new: the log takes all of a record or nothing."""
    new = batch
    while new:
        said = _append(client, source, new, seen_ms)
        if isinstance(said, str):
            return Appended(len(new), len(batch) - len(new), said)
        new = _without(new, said)
    return Appended(0, len(batch), None)


def _append(client: Redis, source: str, batch: Batch, seen_ms: int) -> str | list[int]:
    """Append a batch if all of it is new; return its last id, or the places of the others."""
    revised = "" if batch.is_plain else orjson.dumps(_revisions(batch))
    amended = "" if batch.is_plain else orjson.dumps(_amended(batch))
    parts = orjson.dumps([_written(part, len(batch)) for part in batch.parts])
    args = [seen_ms, max(batch.at_ms), orjson.dumps(batch.uids), revised, amended, parts]
    found = script(client, "append", keys(source, "entries", "uids", "facts", "meta", "bell"), args)
    if found is None:
        raise UnknownSource(f"source: {source!r} has not been declared")
    return found.decode() if isinstance(found, bytes) else cast(list[int], found)


def _without(batch: Batch, places: list[int]) -> Batch:
    """Return those of a batch that are not at these places, counted from 1."""
    left_out = set(places)
    if len(left_out) == len(batch):
        return Batch.of([])
    return Batch.of([entry for n, entry in enumerate(batch, 1) if n not in left_out])


def _amended(batch: Batch) -> list[str | None]:
    amends: list[str | None] = [None] * len(batch)
    for part in batch.parts:
        for place, uid in zip(part.places, part.amends or (), strict=False):
            amends[place] = uid
    return amends


def _revisions(batch: Batch) -> list[int | None]:
    """The revisions; None for an amendment that leaves it to the log to number it."""
    pairs = zip(batch.revisions, _amended(batch), strict=True)
    return [None if amends and not revision else revision for revision, amends in pairs]


def _written(part: Alike, size: int) -> dict[str, Json]:
    """A part as its record has it; what is absent or as usual is left out."""
    written: dict[str, Json] = {"type": part.type, "at_ms": part.at_ms, "data": part.data}
    if len(part.places) < size:
        written["places"] = list(part.places)
    for name in ("amends", "origin", "retract"):
        if value := getattr(part, name):
            written[name] = value
    return written


def _batch(id: bytes, fields: Mapping[bytes, bytes]) -> Batch:
    """Return what a record of the log says."""
    data = orjson.loads(fields[b"d"])
    if isinstance(data, dict):
        return _single(id, fields, data)
    uids = orjson.loads(fields[b"u"])
    size = len(uids)
    ms, number = place(id.decode())
    revisions = orjson.loads(fields[b"r"]) if b"r" in fields else [0] * size
    parts = [Alike(**{"places": range(size), **part}) for part in data]
    return Batch(uids, revisions, parts, [Logged(ms, number - size + 1, size, int(fields[b"s"]))])


def _single(id: bytes, fields: Mapping[bytes, bytes], data: dict[str, Json]) -> Batch:
    """Return a record of before there were batches: one entry."""
    entry = Entry(
        id=id.decode(),
        uid=fields[b"u"].decode(),
        revision=int(fields[b"r"]),
        seen_ms=int(fields[b"s"]),
        type=data.pop("type"),
        at_ms=data.pop("at_ms"),
        amends=data.pop("amends", None),
        retract=data.pop("retract", False),
        origin=data.pop("origin", None),
        data=data,
    )
    return Batch.of([entry])


def _part(records: list[Batch], after: str, limit: int, last: str = "") -> Batch:
    """Return up to `limit` entries of some records after an id, up to another."""
    whole = _joined(records)
    start = _upto(whole.logged, after)
    stop = _upto(whole.logged, last) if last else len(whole)
    return whole[start : min(stop, start + limit)]


def _upto(logged: Sequence[Logged], id: str) -> int:
    """Return how many of the entries are not after an id."""
    ms, number = place(id)
    inside = sum(min(one.size, max(0, number - one.number + 1)) for one in logged if one.ms == ms)
    return inside + sum(one.size for one in logged if one.ms < ms)


def _joined(batches: Sequence[Batch]) -> Batch:
    """Return batches that follow each other as one."""
    ends = accumulate(map(len, batches))
    return together([(range(end - len(b), end), b) for b, end in zip(batches, ends, strict=True)])


def _flat(logged: Any) -> list[Any]:
    """redis-py answers RESP3 with one more list around the entries than RESP2."""
    return logged[0] if logged and isinstance(logged[0], list) else logged

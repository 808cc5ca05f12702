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
from pitlive.errors import BadRecord, OtherDeclaration, OtherPast, UnknownSource
from pitlive.messages import Entry, Json
from pitlive.store import broken, records
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys
from pitlive.store.records import is_before, place

__all__ = [
    "Appended",
    "append",
    "count",
    "counted",
    "is_before",
    "named",
    "newest",
    "newest_ms",
    "place",
    "read",
    "wait",
]

START = "0-0"
"""The id before the first entry."""

BATCH = 1000
"""Entries a record: about 2 ms, so that nobody else waits long for Redis."""

MOST_BYTES = 2**20
"""Of a record, and of what is read at once, for the same reason; one entry may have 16 KiB."""

Edition = Sequence[bytes | None]
"""What tells a declaration from others of the source, and of others of its name."""

AT_FIRST, AT_MOST = 4, 256
"""Records asked for at once: few, for each may be full, then more and more if they are small."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of entries.

    Attributes:
        accepted: How many were new.
        repeats: How many were there already.
        last: Id of the newest that was accepted, None if none was.
        newest: Id of the newest entry that the log had then: a log that has it has all of these.
    """

    accepted: int
    repeats: int
    last: str | None
    newest: str


def append(
    client: Redis,
    source: str,
    entries: Sequence[Entry],
    seen_ms: int,
    holds: str = START,
    edition: Edition = (),
) -> Appended:
    """Append entries to the log of a source, each uid and revision once.

    An amendment with revision 0 is given the next revision of its fact.

    Args:
        seen_ms: What time it is [ms since 1970].
        holds: Id of an entry that the log must have, else nothing is appended. What takes
            several steps is of one past as well: each must find the entry that the last one left.
        edition: That of the declaration by which they were checked; none: any will do. Once some
            of them are in the log the others follow: checked anew, those would be repeats.

    Raises:
        UnknownSource: The source has not been declared.
        OtherPast: The log does not have that entry.
        OtherDeclaration: The declaration in force is another one.
    """
    whole = Batch.of(entries)
    done = Appended(0, 0, None, holds)
    for start in range(0, len(whole), BATCH):
        done = _append_new(client, source, whole[start : start + BATCH], seen_ms, done, edition)
    return done


def read(client: Redis, source: str, after: str, limit: int, last: str = "") -> Batch:
    """Return up to `limit` entries after an id (`"0-0"`: the start) up to `last`, oldest first.

    Fewer than that are all that there are, or all before a record that is not sound.

    Raises:
        BadRecord: What comes next is not as it was written, or is missing. What comes before
            it is returned first.
    """
    found, size, ask = list[Batch](), 0, AT_FIRST
    while size < limit:
        start = found[-1].last if found else after
        logged = cast(Any, client.xrange(key(source, "entries"), min=f"({start}", count=ask))
        sound, bad = _sound(client, source, start, logged)
        found += sound
        if bad and not found:
            raise bad
        if bad or len(logged) < ask or (last and not is_before(found[-1].last, last)):
            break
        size = sum(map(len, found)) - _upto(found[0].logged, after)
        length = sum(_length(fields) for _, fields in logged)
        few = MOST_BYTES * len(logged) // length
        ask = max(1, min(AT_MOST, 4 * ask, few, (limit - size) * len(found) // size))
    return _part(found, after, limit, last)


def wait(client: Redis, source: str, after: str, limit: int, within_ms: int) -> Batch:
    """Return entries after an id as soon as there are any, or nothing after `within_ms`.

    Raises:
        BadRecord: As `read`.
    """
    log = key(source, "entries")
    found = cast(Any, client.xread({log: after}, count=AT_FIRST, block=max(1, within_ms)))
    if not found:
        return Batch.of([])
    ((_, logged),) = found.items() if isinstance(found, dict) else found
    sound, bad = _sound(client, source, after, _flat(logged))
    if bad and not sound:
        raise bad
    first = _part(sound, after, limit)
    if len(sound) < AT_FIRST or len(first) == limit:
        return first
    return _joined([first, read(client, source, first.last, limit - len(first))])


def named(client: Redis, source: str, uid: str) -> Entry | None:
    """Return the entry of the highest revision that was accepted under a uid, if any."""
    known = cast(Any, client.hget(key(source, "uids"), uid))
    if known is None:
        return None
    id = known.split()[-1].decode()
    found = cast(Any, client.xrange(key(source, "entries"), min=id, count=1))
    return next((e for e in records.read(source, *found[0]) if e.id == id), None) if found else None


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


def _append_new(
    client: Redis, source: str, batch: Batch, seen_ms: int, done: Appended, edition: Edition
) -> Appended:
    """Append those of a batch that are new, after what is done: a record is taken as a whole."""
    text, edition = _text(batch), () if done.accepted else edition
    if len(text) > MOST_BYTES and len(batch) > 1:
        half = len(batch) // 2
        done = _append_new(client, source, batch[:half], seen_ms, done, edition)
        return _append_new(client, source, batch[half:], seen_ms, done, edition)
    new, last, newest = batch, done.last, done.newest
    while new:
        newest, repeats = _append(client, source, new, text, seen_ms, newest, edition)
        if not repeats:
            last = newest
            break
        new = _without(new, repeats)
        text = _text(new)
    return Appended(done.accepted + len(new), done.repeats + len(batch) - len(new), last, newest)


def _append(
    client: Redis,
    source: str,
    batch: Batch,
    text: bytes,
    seen_ms: int,
    holds: str,
    edition: Edition,
) -> tuple[str, list[int]]:
    """Append a batch if all of it is new; return the newest id, and the places of the others."""
    revised = "" if batch.is_plain else orjson.dumps(_revisions(batch))
    amended = "" if batch.is_plain else orjson.dumps(_amended(batch))
    by = b" ".join(part or b"" for part in edition)
    args = [seen_ms, max(batch.at_ms), orjson.dumps(batch.uids), revised, amended, text, holds, by]
    found = script(client, "append", keys(source, "entries", "uids", "facts", "meta", "bell"), args)
    if found is None:
        raise UnknownSource(f"source: {source!r} has not been declared")
    if found == 0:
        raise OtherPast(f"{source}: the log does not have entry {holds}, it has another past")
    if found == 1:
        raise OtherDeclaration(f"{source}: its declaration is not the one they were checked by")
    if isinstance(found, bytes):
        return found.decode(), []
    newest, *repeats = cast(list[Any], found)
    return newest.decode(), repeats


def _text(batch: Batch) -> bytes:
    """A batch as its record has it."""
    return orjson.dumps([_written(part, len(batch)) for part in batch.parts])


def _length(fields: Mapping[bytes, bytes]) -> int:
    return sum(map(len, fields.values()))


def _without(batch: Batch, places: list[int]) -> Batch:
    """Return those of a batch that are not at these places, counted from 1."""
    left_out = set(places)
    if len(left_out) == len(batch):
        return Batch.of([])
    return Batch.of([entry for n, entry in enumerate(batch, 1) if n not in left_out])


def _amended(batch: Batch) -> list[str | None]:
    amends: list[str | None] = [None] * len(batch)
    for part in batch.parts:
        for n, uid in zip(part.places, part.amends or (), strict=False):
            amends[n] = uid
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


def _sound(
    client: Redis, source: str, after: str, logged: Sequence[tuple[bytes, Any]]
) -> tuple[list[Batch], BadRecord | None]:
    """Return what records after an id say, up to one that is damaged or does not follow."""
    found: list[Batch] = []
    for id, fields in logged:
        try:
            batch = records.read(source, id, fields)
            if records.is_numbered(fields):
                _follow(client, source, found[-1].last if found else after, batch)
        except BadRecord as bad:
            return found, bad
        found.append(batch)
    return found, None


def _follow(client: Redis, source: str, after: str, batch: Batch) -> None:
    """Check that no entry is missing between an id and the record that comes next.

    Raises:
        BadRecord: There is one, and nobody has set it aside.
    """
    first, before = batch.logged[0].number, place(after)[1]
    if first <= before + 1 or (after != "0-0" and not _stands(client, source, after)):
        return
    if not broken.covers(client, source, before + 1, first - 1):
        raise BadRecord(source, batch.last, records.hole(before + 1, first - 1))


def _stands(client: Redis, source: str, id: str) -> bool:
    """Whether an id is that of a numbered entry, and not just any place in the log."""
    found = cast(Any, client.xrange(key(source, "entries"), min=id, count=1))
    if not found or not records.is_numbered(found[0][1]):
        return False
    return any(entry.id == id for entry in records.read(source, *found[0]))


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

"""The entry log: append once, read in order.

A record of the log is a batch of entries, so what is sent together costs one step. Entries
are numbered; the id of a record is that of its last entry, so that all the commands of a
Redis Stream that go on after an id find the record in which the next entry stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, cast

from pitlive.batch import Batch, Logged, together
from pitlive.messages import Entry
from pitlive.store import records
from pitlive.store.append import RECORD_ENTRIES, Appended, append
from pitlive.store.client import Redis
from pitlive.store.keys import key
from pitlive.store.records import START, is_before, place
from pitlive.store.sound import sound_records

__all__ = [
    "RECORD_ENTRIES",
    "START",
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

READ_BYTES = 2**20
"""Of what is read at once: about 2 ms, so that nobody else waits long for Redis."""

FIRST_RECORDS, MOST_RECORDS = 4, 256
"""Records asked for at once: few, for each may be full, then more and more if they are small."""


def read(client: Redis, source: str, after: str, limit: int, last: str = "") -> Batch:
    """Return up to `limit` entries after an id (`"0-0"`: the start) up to `last`, oldest first.

    Fewer than that are all that there are, or all before a record that is not sound.

    Raises:
        BadRecord: What comes next is not as it was written, or is missing. What comes before
            it is returned first.
    """
    found, size, ask = list[Batch](), 0, FIRST_RECORDS
    while size < limit:
        start = found[-1].last if found else after
        logged = cast(Any, client.xrange(key(source, "entries"), min=f"({start}", count=ask))
        sound, bad = sound_records(client, source, start, logged)
        found += sound
        if bad and not found:
            raise bad
        if bad or len(logged) < ask or (last and not is_before(found[-1].last, last)):
            break
        size = sum(map(len, found)) - _upto(found[0].logged, after)
        length = sum(_length(fields) for _, fields in logged)
        few = READ_BYTES * len(logged) // length
        ask = max(1, min(MOST_RECORDS, 4 * ask, few, (limit - size) * len(found) // size))
    return _part(found, after, limit, last)


def wait(client: Redis, source: str, after: str, limit: int, within_ms: int) -> Batch:
    """Return entries after an id as soon as there are any, or nothing after `within_ms`.

    Raises:
        BadRecord: As `read`.
    """
    log = key(source, "entries")
    found = cast(Any, client.xread({log: after}, count=FIRST_RECORDS, block=max(1, within_ms)))
    if not found:
        return Batch.of([])
    ((_, logged),) = found.items() if isinstance(found, dict) else found
    sound, bad = sound_records(client, source, after, _flat(logged))
    if bad and not sound:
        raise bad
    first = _part(sound, after, limit)
    if len(sound) < FIRST_RECORDS or len(first) == limit:
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
    return found[0][0].decode() if found else START


def newest_ms(client: Redis, source: str) -> int | None:
    """Return the largest event time of all entries [ms], None if there are none."""
    known = cast(Any, client.hget(key(source, "meta"), "at_ms"))
    return None if known is None else int(known)


def _length(fields: Mapping[bytes, bytes]) -> int:
    return sum(map(len, fields.values()))


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

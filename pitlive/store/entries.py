"""The entry log: append once, read in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import orjson

from pitlive.errors import UnknownSource
from pitlive.messages import Entry
from pitlive.store.client import Redis, script
from pitlive.store.keys import key, keys

BATCH = 1000
"""Entries per script call: about 5 ms, so that nobody else waits long for Redis."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: ids in the order of the entries, None for a repeat."""

    ids: list[str | None]

    @property
    def accepted(self) -> int:
        """How many were new."""
        return sum(id is not None for id in self.ids)

    @property
    def last(self) -> str | None:
        """Id of the newest entry that was accepted."""
        return next((id for id in reversed(self.ids) if id), None)


def append(client: Redis, source: str, entries: Sequence[Entry], seen_ms: int) -> Appended:
    """Append entries to the log of a source, each uid and revision once.

    An amendment with revision 0 is given the next revision of its fact.

    Raises:
        UnknownSource: The source has not been declared.
    """
    ids: list[str | None] = []
    for batch in _batches(entries):
        args: list[Any] = [seen_ms]
        for entry in batch:
            args += _fields(entry)
        found = script(client, "append", keys(source, "entries", "uids", "facts", "meta"), args)
        if found is None:
            raise UnknownSource(f"source: {source!r} has not been declared")
        ids += [id.decode() or None for id in found]
    return Appended(ids)


def read(client: Redis, source: str, after: str, limit: int, last: str = "+") -> list[Entry]:
    """Return up to `limit` entries after an id (`"0-0"`: the start) up to `last`, oldest first."""
    found = client.xrange(key(source, "entries"), min=f"({after}", max=last, count=limit)
    return [_entry(id, fields) for id, fields in cast(Any, found)]


def wait(client: Redis, source: str, after: str, limit: int, within_ms: int) -> list[Entry]:
    """Return entries after an id as soon as there are any, or nothing after `within_ms`."""
    log = key(source, "entries")
    found = cast(Any, client.xread({log: after}, count=limit, block=max(1, within_ms)))
    if not found:
        return []
    ((_, logged),) = found.items() if isinstance(found, dict) else found
    return [_entry(id, fields) for id, fields in _flat(logged)]


def named(client: Redis, source: str, uid: str) -> Entry | None:
    """Return the entry of the highest revision that was accepted under a uid, if any."""
    known = cast(Any, client.hget(key(source, "uids"), uid))
    if known is None:
        return None
    id = known.split()[1].decode()
    found = cast(Any, client.xrange(key(source, "entries"), min=id, max=id))
    return _entry(*found[0]) if found else None


def count(client: Redis, source: str) -> int:
    """Return how many entries the log holds."""
    return client.xlen(key(source, "entries"))


def newest(client: Redis, source: str) -> str:
    """Return the id of the newest entry, `"0-0"` for an empty log."""
    found = cast(Any, client.xrevrange(key(source, "entries"), count=1))
    return found[0][0].decode() if found else "0-0"


def latest(client: Redis, source: str, limit: int) -> list[Entry]:
    """Return up to `limit` of the newest entries, newest first."""
    found = cast(Any, client.xrevrange(key(source, "entries"), count=limit))
    return [_entry(id, fields) for id, fields in found]


def is_before(one: str, other: str) -> bool:
    """Tell whether an entry id is before another in the log.

    >>> is_before("9-3", "10-0")
    True
    """
    return _place(one) < _place(other)


def _place(id: str) -> tuple[int, int]:
    ms, _, n = id.partition("-")
    return int(ms), int(n)


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _fields(entry: Entry) -> list[Any]:
    """The four arguments of an entry in `lua/append.lua`."""
    body = {**entry.data, "type": entry.type, "at_ms": entry.at_ms}
    for name in ("amends", "origin", "retract"):
        if value := getattr(entry, name):
            body[name] = value
    unnumbered = entry.amends is not None and entry.revision == 0
    return [
        entry.uid,
        "" if unnumbered else entry.revision,
        entry.amends or "",
        orjson.dumps(body),
    ]


def _entry(id: bytes, fields: dict[bytes, bytes]) -> Entry:
    data = orjson.loads(fields[b"d"])
    return Entry(
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


def _flat(logged: Any) -> list[Any]:
    """redis-py answers RESP3 with one more list around the entries than RESP2."""
    return logged[0] if logged and isinstance(logged[0], list) else logged

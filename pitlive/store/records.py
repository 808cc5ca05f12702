"""A record of the entry log: the batch that it holds, and whether that is what was written.

`lua/append.lua` seals what it stores with a checksum, for it alone knows the id and the
revisions; whoever reads a record compares. What comes out is what was accepted, or an error
that names the record: never other figures.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import orjson

from pitlive.batch import Alike, Batch, Logged
from pitlive.errors import BadRecord
from pitlive.messages import Entry, Json, Row

START = "0-0"
"""The id before the first entry."""

CHECKSUM_LENGTH = 16
"""Hexadecimal digits: 64 bits, of which a random fault meets the right ones never."""

_UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What reading raises of bytes that are no record; bad JSON and bad UTF-8 are ValueErrors."""


def read(source: str, id: bytes, fields: Mapping[bytes, bytes]) -> Batch:
    """Return what a record of the log says.

    Raises:
        BadRecord: It is not as it was written.
    """
    if why := damage(id, fields):
        raise BadRecord(source, id.decode(), why)
    try:
        return _batch(id, fields)
    except _UNREADABLE as error:
        raise BadRecord(source, id.decode(), f"unreadable: {error!r:.200}") from None


def text(batch: Batch) -> bytes:
    """Return a batch as its record has it."""
    return orjson.dumps([_written(part, len(batch)) for part in batch.parts])


def damage(id: bytes, fields: Mapping[bytes, bytes]) -> str | None:
    """Return how a record differs from what was written, None if its checksum is right.

    A record of before there were checksums has none.
    """
    if (known := fields.get(b"c")) is None:
        return None
    got = checksum(id, fields)
    want = known.decode("ascii", "backslashreplace")
    return None if known == got else f"checksum: got {got.decode()} of it, want {want}"


def checksum(id: bytes, fields: Mapping[bytes, bytes]) -> bytes:
    r"""Return the checksum of a record, as `lua/append.lua` makes it.

    >>> checksum(b"5-1", {b"s": b"7", b"u": b'["a"]', b"d": b"[]"})
    b'fa7366b013a8f69d'
    """
    parts = (id, *(fields.get(name, b"") for name in (b"s", b"u", b"r", b"d")))
    return short(b"\n".join(parts))


def short(text: bytes) -> bytes:
    """Return the checksum of a text."""
    digest = hashlib.sha1(text, usedforsecurity=False)  # what a script of Redis can do, too
    return digest.hexdigest()[:CHECKSUM_LENGTH].encode()


def row(text: bytes) -> Row:
    """Return a row of a state; a damaged one equals nothing, so that it is told anew."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return math.nan


def is_numbered(fields: Mapping[bytes, bytes]) -> bool:
    """Tell whether a record is of entries that are numbered, as all are but the oldest."""
    return not fields.get(b"d", b"").startswith(b"{")


def hole(first: int, last: int) -> str:
    """Say that entries are missing before a record.

    >>> hole(41, 50), hole(7, 7)
    ('hole: entries 41 to 50 are missing before it', 'hole: entry 7 is missing before it')
    """
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return f"hole: {which} missing before it"


def place(id: str) -> tuple[int, int]:
    """Return an entry id as numbers, which are in the order of the log."""
    ms, _, n = id.partition("-")
    return int(ms), int(n or 0)


def is_before(one: str, other: str) -> bool:
    """Tell whether an entry id is before another in the log.

    >>> is_before("9-3", "10-0")
    True
    """
    return place(one) < place(other)


def uids(fields: Mapping[bytes, bytes]) -> Sequence[str]:
    """Return the uids of a record, as far as it can be read."""
    try:
        if not is_numbered(fields):
            return [fields[b"u"].decode()]
        return [str(uid) for uid in orjson.loads(fields[b"u"])]
    except _UNREADABLE:
        return []


def _batch(id: bytes, fields: Mapping[bytes, bytes]) -> Batch:
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


def _written(part: Alike, size: int) -> dict[str, Json]:
    """A part as its record has it; what is absent or as usual is left out."""
    written: dict[str, Json] = {"type": part.type, "at_ms": part.at_ms, "data": part.data}
    if len(part.places) < size:
        written["places"] = list(part.places)
    for name in ("amends", "origin", "retract"):
        if value := getattr(part, name):
            written[name] = value
    return written

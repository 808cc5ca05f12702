"""Streams as Redis has them: made, appended to, looked at and deleted, each in one atomic step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import quote

import orjson

from pitlive.errors import BadRecord
from pitlive.store.client import Redis, script
from pitlive.store.keys import key
from pitlive_durable_streams.offset import Offset

PACKAGE = "pitlive_durable_streams"

TEMPLATE = key("%s", "%s")
"""How the script makes keys of streams whose names it has read: forks, and their sources."""

HELD = key("stream/", "held")
"""Names of streams that forks read: only their forks know when they may go."""

REAP_AT_ONCE = 20


def name_of(path: str) -> str:
    """Return what a stream is called in keys: never what a source may be called.

    >>> name_of("chats/42/ü}")
    'stream/chats/42/%C3%BC%7D'
    """
    return f"stream/{quote(path, safe='/')}"


class Segment(NamedTuple):
    """What a fork has inherited from one stream: all after the segment before, up to a record."""

    stream: str
    upto: Offset


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream at one moment.

    Attributes:
        tail: The offset after its newest record.
        type: Content type, as it was made.
        ttl: How long it lives after it was last used [s], as asked; empty: for ever.
        expires_at: When it expires, as asked; empty: never.
        inherited: Of a fork, oldest first.
    """

    name: str
    tail: Offset
    type: str
    is_closed: bool
    ttl: str
    expires_at: str
    inherited: Sequence[Segment] = ()

    @property
    def segments(self) -> Sequence[Segment]:
        """All that it consists of."""
        return (*self.inherited, Segment(self.name, self.tail))

    def ends_at(self, offset: Offset) -> bool:
        """Tell whether there is no record after an offset."""
        return all(_next_number(offset, one) > one.upto.number for one in self.segments)

    def upto(self, offset: Offset) -> list[Segment] | None:
        """Return what it consists of before an offset, None if that is none of it."""
        found: list[Segment] = []
        for one in self.segments:
            if offset.life == one.upto.life and offset <= one.upto:
                return [*found, Segment(one.stream, offset)]
            if offset < one.upto and offset.life:
                return None
            found.append(one)
        return None if offset.life else []


@dataclass(frozen=True, slots=True)
class Creation:
    """A stream that is to be there.

    Attributes:
        config: What tells it from others: asked for again, it is the same stream.
        till_ms: When it expires [ms since 1970], if it is to be at a time of the clock.
        forked_at: Where a fork begins, if that was asked for.
        records: What is in it at first.
        source: What it is a fork of; the life of that must be the one of the offset.
        inherited: What it inherits of that.
    """

    config: str
    type: str
    media: str
    ttl: str = ""
    expires_at: str = ""
    till_ms: int | None = None
    is_closed: bool = False
    forked_at: str = ""
    records: Sequence[bytes] = ()
    source: Segment | None = None
    inherited: Sequence[Segment] = ()


@dataclass(frozen=True, slots=True)
class Producer:
    """Who appends, and its count: what was appended once is not appended again."""

    id: str
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Append:
    """What is to be appended.

    Attributes:
        record: Empty: it is closed, and that is all.
        media: The content type without parameters.
        order: `Stream-Seq`: must sort after the one before.
    """

    record: bytes
    media: str
    order: str = ""
    producer: Producer | None = None
    closes: bool = False


Said = Literal[
    "made", "same", "other", "held", "source",
    "done", "repeat", "stale", "gap", "epoch", "closed", "media", "order",
    "here", "none", "gone",
]  # fmt: skip
"""What the script answers: to `create`, to `append` and `delete`, to `look` and all."""


class Answer(NamedTuple):
    """What became of it.

    Attributes:
        stream: As it is then, None if it is not there.
        number: The epoch or the sequence number that the answer is about.
    """

    said: Said
    stream: Stream | None
    number: str = ""


def create(client: Redis, name: str, wanted: Creation) -> Answer:
    """Make a stream, unless it is there: `made`, `same`, `other`, `held`, or `source` is not."""
    source = wanted.source
    segments = [[one.stream, one.upto.id] for one in wanted.inherited]
    fork = [source.stream, str(source.upto.life), _text(segments)] if source else ["", "", ""]
    args: list[Any] = [wanted.config, wanted.type, wanted.media, wanted.ttl, wanted.expires_at]
    args += ["" if wanted.till_ms is None else wanted.till_ms]
    args += [_flag(wanted.is_closed), wanted.forked_at, _text(fork), *wanted.records]
    return _run(client, "create", name, args)


def append(client: Redis, name: str, what: Append) -> Answer:
    """Append to a stream, or close it, or both: `done`, or why not."""
    by = what.producer
    producer = [by.id, by.epoch, by.sequence] if by else ["", "", ""]
    args = [what.record, what.media, what.order, *producer, _flag(what.closes)]
    return _run(client, "append", name, args)


def look(client: Redis, name: str, *, use: bool) -> Answer:
    """Return a stream, if it is `here`.

    Args:
        use: Whether that counts as use, which puts its end off.
    """
    return _run(client, "look", name, [_flag(use)])


def delete(client: Redis, name: str) -> Answer:
    """Delete a stream; what forks read of it goes when they do."""
    return _run(client, "delete", name, [])


def reap(client: Redis) -> None:
    """Look after some of the streams that forks read: some of those may have expired."""
    for name in cast(Any, client.srandmember(HELD, REAP_AT_ONCE)):
        look(client, name.decode(), use=False)


def page(
    client: Redis, segments: Sequence[Segment], after: Offset, aim: int
) -> tuple[list[bytes], Offset]:
    """Return records after an offset, and the offset after the last of them.

    Args:
        aim: How much is to be read [bytes]: less, and one record more, however large it is.

    Raises:
        BadRecord: What comes next is not what was appended.
    """
    records: list[bytes] = []
    for one in segments:
        while aim > 0 and (first := _next_number(after, one)) <= one.upto.number:
            keys = [key(one.stream, part) for part in ("log", "stream")]
            args = [after.id, one.upto.id, aim]
            found = script(client, "page", keys, args, package=PACKAGE)
            records += _sound(one, first, found)
            after = Offset.of_id(found[-3])
            aim -= sum(map(len, found[1::3]))
    return records, after


def _next_number(after: Offset, segment: Segment) -> int:
    """Return the number of the record of a segment that follows an offset."""
    if after.life > segment.upto.life:
        return segment.upto.number + 1
    return after.number + 1 if after.life == segment.upto.life else 1


def _sound(segment: Segment, first: int, found: Sequence[bytes]) -> list[bytes]:
    """Return the records of a page: all are there, and are what was appended."""
    ids, records, sums = found[::3], found[1::3], found[2::3]
    stream, life = segment.stream, segment.upto.life
    for number, id in enumerate(ids or [b"none"], first):
        if id != (want := Offset(life, number).id).encode():
            raise BadRecord(stream, want, f"got {id.decode()}, want it", "DELETE of the stream")
    for id, record, kept in zip(ids, records, sums, strict=True):
        got = sha1(id + b"\n" + record, usedforsecurity=False).hexdigest()[:16]
        if kept.decode() != got:
            why = f"checksum: got {got} of it, want {kept.decode()}"
            raise BadRecord(stream, id.decode(), why, "DELETE of the stream")
    return list(records)


def _run(client: Redis, operation: str, name: str, args: Sequence[Any]) -> Answer:
    keys = [key(name, "stream")]
    said, *fields = script(
        client, "stream", keys, [operation, TEMPLATE, name, *args], package=PACKAGE
    )
    if len(fields) < 7:
        return Answer(said.decode(), None)
    return Answer(said.decode(), _stream(name, fields), "".join(f.decode() for f in fields[7:]))


def _stream(name: str, fields: Sequence[bytes]) -> Stream:
    life, number, closed, type, ttl, expires_at, segments = fields[:7]
    inherited = [Segment(s, Offset.of_id(id.encode())) for s, id in orjson.loads(segments or b"[]")]
    tail = Offset(int(life), int(number))
    return Stream(
        name, tail, type.decode(), bool(closed), ttl.decode(), expires_at.decode(), inherited
    )


def _flag(is_so: bool) -> str:
    return "true" if is_so else ""


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()

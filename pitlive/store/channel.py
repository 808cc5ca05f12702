"""Publish, resume and snapshot: what a source's readers see, each in one atomic step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

import orjson
import redis

from pitlive.errors import LeaseLost, LogWentBack, UnknownSource
from pitlive.messages import PERSONAL, Cursor, Event, Piece, Row, SetAside, is_personal
from pitlive.store import outbox
from pitlive.store.client import PubSub, Redis, script
from pitlive.store.keys import KEEP_ASIDE, KEEP_NOTICES, key, keys, source_of
from pitlive.store.outbox import Notice

LONGEST_ANNOUNCEMENT = 512 * 1024
"""Bytes; a longer one is only a number and is read from the log, so that pub/sub's
output buffer (8 MB for a minute) never cuts a hub that is merely busy."""

Reason = Literal["fresh", "ok", "trimmed", "epoch", "unknown", "future", "deleted"]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one channel: the message for readers, and its rows to be stored."""

    channel: str
    message: bytes
    rows: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything one publish changes, together or not at all."""

    folded: str
    changes: Sequence[Change]
    aside: Sequence[SetAside] = ()
    late: int = 0
    notices: Sequence[Notice] = ()
    version: int = 0
    """Of the declaration, by which runs are numbered."""
    pieces: Sequence[Piece] = ()


class Verdict(NamedTuple):
    """Whether a reader can go on, where the source is, and the first events it missed."""

    reason: Reason
    top: Cursor
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State of the asked channels at one cursor; rows are JSON text."""

    cursor: Cursor
    available: list[str]
    channels: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return `channels` as JSON text without decoding any row."""
        return _object((name, _object(rows.items())) for name, rows in self.channels.items())

    def decode(self) -> dict[str, dict[str, Row]]:
        """Return `channels` as values."""
        return {
            name: {row: orjson.loads(value) for row, value in rows.items()}
            for name, rows in self.channels.items()
        }


class Announcement(NamedTuple):
    """What the hubs hear: the numbers, and the events unless they were too long.

    Attributes:
        size: How many events; 0: the source was deleted.
        at_us: When Redis announced it, by its own clock [us since 1970].
    """

    source: str
    epoch: str
    first: int
    size: int
    at_us: int
    events: list[Event]


def publish(
    client: Redis, source: str, token: str, at: Cursor, what: Publication, keep: int
) -> Cursor:
    """Publish from `at` on and return the cursor reached.

    Raises:
        LeaseLost: Another engine has taken over the source.
        LogWentBack: The source is not at `at`: Redis lost something, or a reply got lost.
    """
    aside = [_aside(one) for one in what.aside]
    notices = [arg for one in what.notices for arg in outbox.fields(one)]
    args: list[Any] = [token, at.epoch, at.seq, what.folded, keep, LONGEST_ANNOUNCEMENT]
    args += [key(source, "state:"), what.late, KEEP_ASIDE]
    args += [what.version, KEEP_NOTICES, outbox.TOO_MANY, len(aside), *aside]
    args += [len(what.notices), *notices]
    args += [key(source, "packed:"), len(what.pieces)]
    for piece in what.pieces:
        args += [piece.name, "" if piece.offset is None else piece.offset, piece.data]
    for change in what.changes:
        args += [change.channel, change.message, len(change.rows)]
        for row, value in change.rows.items():
            args += [row, value or b""]
    try:
        names = keys(source, "events", "meta", "channels", "aside", "live", *outbox.PARTS)
        return Cursor(at.epoch, int(script(client, "publish", names, args)))
    except redis.ResponseError as error:
        raise _refusal(source, error) from None


def resume(client: Redis, source: str, after: Cursor, limit: int = 1000) -> Verdict:
    """Return whether a reader at `after` can go on, and up to `limit` events it missed."""
    names = keys(source, "events", "meta")
    reason, epoch, top, found = script(client, "resume", names, [after.epoch, after.seq, limit])
    events = [_event(id, fields) for id, fields in _pairs(found)]
    return Verdict(reason.decode(), Cursor(epoch.decode(), int(top)), events)


def events(client: Redis, source: str, after: int, limit: int = 1000) -> list[Event]:
    """Return up to `limit` events after a seq, as far as the log still holds them."""
    found = client.xrange(key(source, "events"), min=f"{after + 1}-0", count=limit)
    return [_event(id, fields) for id, fields in cast(Any, found)]


def snapshot(client: Redis, source: str, patterns: Sequence[str] | None = None) -> Snapshot:
    """Return the state of the channels that match any of the patterns, at one cursor.

    Args:
        patterns: None for all, also those that are for one user alone.

    Raises:
        UnknownSource: The source has not been declared.
    """
    personal = "" if patterns is None else PERSONAL
    args = [key(source, "state:"), personal, *map(_lua_pattern, patterns or ["*"])]
    found = script(client, "snapshot", keys(source, "meta", "channels"), args)
    if found is None:
        raise UnknownSource(f"source: {source!r} has not been declared")
    epoch, seq, available, *rest = found
    channels = {
        name.decode(): {row.decode(): value for row, value in _couples(rows)}
        for name, rows in zip(rest[::2], rest[1::2], strict=True)
    }
    return Snapshot(Cursor(epoch.decode(), int(seq)), _public(available), channels)


def top(client: Redis, sources: Sequence[str]) -> list[Cursor | None]:
    """Return the newest cursor of each source, None where there is no such source."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.hmget(key(source, "meta"), "epoch", "seq")
    return [Cursor(e.decode(), int(s or 0)) if e else None for e, s in pipe.execute()]


def available(client: Redis, source: str) -> list[str]:
    """Return the names of a source's channels, sorted, but those for one user alone."""
    return sorted(_public(cast(Any, client.smembers(key(source, "channels")))))


def listen(client: Redis) -> PubSub:
    """Return a pub/sub connection of its own, not subscribed to anything yet."""
    return cast(PubSub, client.pubsub())  # type: ignore[no-untyped-call]


def live(source: str) -> str:
    """Return the name of the pub/sub channel of a source."""
    return key(source, "live")


def heard(message: Mapping[str, Any]) -> Announcement:
    """Read an announcement."""
    head, *lines = message["data"].split(b"\n")
    epoch, first, count, at_us = head.split()
    named = (line.split(b" ", 1) for line in lines)
    found = [Event(int(first) + n, c.decode(), m) for n, (c, m) in enumerate(named)]
    source = source_of(message["channel"].decode())
    return Announcement(source, epoch.decode(), int(first), int(count), int(at_us), found)


def matches(channel: str, patterns: Iterable[str]) -> bool:
    """Tell whether a channel is among those asked for; `*` alone stands for any text.

    Channels for one user alone are asked for by their name, and never by a `*`.

    >>> matches("laps/24", ["standings", "laps/*"]), matches("laps/24", ["laps/2?"])
    (True, False)
    >>> matches("messages/ann", ["*", "messages/*"]), matches("messages/ann", ["messages/ann"])
    (False, True)
    """
    if is_personal(channel):
        return channel in patterns
    texts = (".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
    return any(re.fullmatch(text, channel) for text in texts)


def _refusal(source: str, error: redis.ResponseError) -> Exception:
    text = str(error)
    if text.startswith("LEASE"):
        return LeaseLost(f"{source}: another engine has taken over ({text})")
    if text.startswith("BEHIND"):
        return LogWentBack(f"{source}: {text}")
    return error


def _aside(one: SetAside) -> bytes:
    said = {"uid": one.uid, "entry": one.entry, "field": one.field, "got": one.got}
    stands = {"stands": one.stands} if one.stands is not None else {}
    return orjson.dumps({**said, "want": one.want, **stands})


def _public(names: Iterable[bytes]) -> list[str]:
    decoded = (name.decode() for name in names)
    return [name for name in decoded if not is_personal(name)]


def _event(id: bytes, fields: Any) -> Event:
    values = fields if isinstance(fields, dict) else dict(_couples(fields))
    return Event(int(id[: id.index(b"-")]), values[b"c"].decode(), values[b"m"])


def _pairs(found: Any) -> Iterable[tuple[bytes, Any]]:
    return ((id, fields) for id, fields in found)


def _couples(flat: Any) -> Iterable[tuple[bytes, bytes]]:
    if isinstance(flat, dict):
        return flat.items()
    return zip(flat[::2], flat[1::2], strict=True)


def _object(items: Iterable[tuple[str, bytes]]) -> bytes:
    """Join ready-made JSON values into an object."""
    return b"{" + b",".join(orjson.dumps(k) + b":" + v for k, v in items) + b"}"


def _lua_pattern(pattern: str) -> str:
    """Write a `*` pattern as Lua's.

    >>> _lua_pattern("laps/*")
    '^laps%/.*$'
    """
    escaped = "".join(c if c.isalnum() else ".*" if c == "*" else "%" + c for c in pattern)
    return f"^{escaped}$"

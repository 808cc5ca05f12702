"""Publish, resume and snapshot: what a source's readers see, each in one atomic step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal, NamedTuple, cast

import orjson
import redis

from pitlive.errors import DamagedSource, Gone, LeaseLost, LogWentBack, StoreUnavailable
from pitlive.messages import Cursor, Event, Piece, Row, SetAside, is_personal, matches
from pitlive.store import chain, damage, outbox, records, walk
from pitlive.store.client import PubSub, Redis, script
from pitlive.store.events import AIM_BYTES, event, events
from pitlive.store.keys import KEEP_ASIDE, KEEP_NOTICES, key, keys, source_of
from pitlive.store.outbox import Notice

__all__ = ["events", "matches"]

LONGEST_ANNOUNCEMENT = 512 * 1024
"""Bytes; a longer one is only a number and is read from the log, so that pub/sub's
output buffer (8 MB for a minute) never cuts a hub that is merely busy."""

PART = 1000
"""Rows that are put into words in one go: less than a millisecond."""

TRIES = 5
"""Times a state is read again because events were forgotten meanwhile."""

Reason = Literal["fresh", "ok", "trimmed", "epoch", "forked", "unknown", "future", "deleted"]


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
    coming: Sequence[str] = ()
    """Names of pieces that were written ahead (`store.coming`) and now replace what is there."""
    noted: str = ""
    """Id of the last entry whose notices and refusals are told; `folded` unless rows up to it
    are still to come."""


class Verdict(NamedTuple):
    """Whether a reader can go on, where the source is, and the first events it missed."""

    reason: Reason
    top: Cursor
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State of the asked channels at one cursor; rows are JSON text.

    Attributes:
        text: All of it as `encode` gives it, where somebody has put it together already.
    """

    cursor: Cursor
    available: list[str]
    channels: dict[str, dict[str, bytes]] = field(default_factory=dict)
    text: bytes = field(default=b"", repr=False)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.channels.values()))

    def encode(self) -> bytes:
        """Return `channels` as JSON text without decoding any row."""
        return self.text or b"".join(self.parts())

    def parts(self) -> Iterator[bytes]:
        """Yield that text a bit at a time, for it may be of a hundred megabytes."""
        opening = b"{"
        for name, rows in self.channels.items():
            yield opening + orjson.dumps(name) + b":{"
            items, comma = iter(rows.items()), b""
            while some := list(islice(items, PART)):
                yield comma + b",".join(orjson.dumps(key) + b":" + row for key, row in some)
                comma = b","
            yield b"}"
            opening = b","
        yield b"}" if self.channels else b"{}"

    def encoded(self, pause: Callable[[], None]) -> Snapshot:
        """Return the same with its text kept, having called `pause` after each part of it."""
        parts = []
        for part in self.parts():
            parts.append(part)
            pause()
        return replace(self, text=b"".join(parts))

    def decode(self) -> dict[str, dict[str, Row]]:
        """Return `channels` as values."""
        return {
            name: {row: records.row(value) for row, value in rows.items()}
            for name, rows in self.channels.items()
        }


class Announcement(NamedTuple):
    """What the hubs hear: the numbers, and the events unless they were too long.

    Attributes:
        after: The event before the first.
        last: The last one; the same as `after` where the source was deleted.
        at_us: When Redis announced it, by its own clock [us since 1970].
    """

    source: str
    after: Cursor
    last: Cursor
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
    said = [(change.channel, change.message) for change in what.changes]
    links = chain.links(at.link, what.folded, said)
    aside = [_aside(one) for one in what.aside]
    notices = [arg for one in what.notices for arg in outbox.fields(one)]
    args: list[Any] = [token, at.epoch, f"{at.seq}.{at.link}"]
    args += [what.folded, keep, LONGEST_ANNOUNCEMENT]
    args += [key(source, "state:"), what.late, KEEP_ASIDE]
    args += [what.version, KEEP_NOTICES, outbox.TOO_MANY, what.noted or what.folded]
    args += [key(source, "packed:"), key(source, "coming:"), len(what.coming), *what.coming]
    args += [len(aside), *aside]
    args += [len(what.notices), *notices]
    args += [len(what.pieces)]
    for piece in what.pieces:
        args += [piece.name, "" if piece.offset is None else piece.offset, piece.data]
    for change, link in zip(what.changes, links, strict=True):
        args += [change.channel, link, change.message, len(change.rows)]
        for row, value in change.rows.items():
            args += [row, value or b""]
    try:
        names = keys(source, "events", "meta", "channels", "aside", "live", *outbox.PARTS)
        seq = int(script(client, "publish", names, args))
    except redis.ResponseError as error:
        raise refusal(source, error) from None
    return Cursor(at.epoch, seq, links[-1] if links else at.link)


def resume(client: Redis, source: str, after: Cursor, limit: int = 1000) -> Verdict:
    """Return whether a reader at `after` can go on, and up to `limit` events it missed.

    Fewer where they are large.
    """
    names = keys(source, "events", "meta")
    args = [after.epoch, after.seq, after.link, limit, AIM_BYTES]
    reason, epoch, top, link, found = script(client, "resume", names, args)
    found = [event(id, fields) for id, fields in found]
    return Verdict(reason.decode(), Cursor(epoch.decode(), int(top), link.decode()), found)


def snapshot(client: Redis, source: str, patterns: Sequence[str] | None = None) -> Snapshot:
    """Return the state of the channels that match any of the patterns, at one cursor.

    However large it is, Redis is never busy with it for long (`store.walk`).

    Args:
        patterns: None for all, also those that are for one user alone.

    Raises:
        UnknownSource: The source has not been declared.
        StoreUnavailable: Events went out of the log faster than the state could be read.
    """
    for _ in range(TRIES):
        try:
            return _whole(walk.pages(client, source, patterns))
        except Gone:
            continue
    raise StoreUnavailable(
        f"{source}: its state was published anew {TRIES} times while it was read"
    )


def _whole(pages: Iterable[walk.Page]) -> Snapshot:
    names: set[str] = set()
    channels: dict[str, dict[str, bytes]] = {}
    for page in pages:
        names.update(page.available, page.channels)
        for name, rows in page.channels.items():
            known = channels.setdefault(name, {})
            for row, value in rows.items():
                if value is None:
                    known.pop(row, None)
                else:
                    known[row] = value
        cursor = page.cursor
    there = {name: channels[name] for name in sorted(channels) if channels[name]}
    return Snapshot(cursor, _public(sorted(names)), there)


def top(client: Redis, source: str) -> Cursor | None:
    """Return the newest cursor of a source, None where there is no such source."""
    return cursor(*cast(Any, client.hmget(key(source, "meta"), ["epoch", "seq", "link"])))


def tops(client: Redis, sources: Sequence[str]) -> dict[str, Cursor | DamagedSource | None]:
    """Return the same of many sources, of each that is damaged what is wrong."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.hmget(key(source, "meta"), "epoch", "seq", "link")
    read = damage.answers(sources, pipe)
    return {source: bad or cursor(*found) for source, (found,), bad in read}


def cursor(epoch: bytes | None, seq: bytes | None, link: bytes | None) -> Cursor | None:
    """Return a cursor from the fields of `meta`, None if there is no such source."""
    return Cursor(epoch.decode(), int(seq or 0), (link or b"").decode()) if epoch else None


def available(client: Redis, source: str) -> list[str]:
    """Return the names of a source's channels, sorted, but those for one user alone."""
    names = cast(Any, client.smembers(key(source, "channels")))
    return sorted(_public(name.decode() for name in names))


def listen(client: Redis) -> PubSub:
    """Return a pub/sub connection of its own, not subscribed to anything yet."""
    return client.pubsub()


def live(source: str) -> str:
    """Return the name of the pub/sub channel of a source."""
    return key(source, "live")


def heard(message: Mapping[str, Any]) -> Announcement:
    """Read an announcement."""
    head, *lines = message["data"].split(b"\n")
    after, last, at_us = head.split()
    before = Cursor.parse(after.decode())
    named = enumerate((line.split(b" ", 2) for line in lines), before.seq + 1)
    found = [Event(n, c.decode(), m, link.decode()) for n, (c, link, m) in named]
    source = source_of(message["channel"].decode())
    return Announcement(source, before, Cursor.parse(last.decode()), int(at_us), found)


def refusal(source: str, error: redis.ResponseError) -> Exception:
    """Return the error that says why a source could not be written to."""
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


def _public(names: Iterable[str]) -> list[str]:
    return [name for name in names if not is_personal(name)]

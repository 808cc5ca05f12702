"""A log in a plain Redis or Valkey, ready for a hub: the newest value of each channel, and the way.

A source has channels, and a message is the whole new value of one of them. What is promised:

- Order: all that is published to a source has one order, by whomever and from wherever.
- Replay: a reader who comes back with its last event id is sent every message it missed, once
  and in order, as far as the last `keep` messages reach and a hub reads them for one reader
  (`start.REPLAY_MOST`). Else it is told why it cannot be, and is given the newest value of each
  channel it asks for.
- One step: message, value, number and announcement change together, or not at all.
- Past: a cursor names its log and the way to it. A Redis that comes back with less than it had
  is another past, also where it has grown as long again; readers of the first one are told.

What is lost with Redis is lost: how much that may be is its own setting (`appendfsync`). Source
and keys: `<prefix>:{<source>}:…`, so that a source is in one slot of a cluster.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple, cast

import orjson
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from pitlive.errors import DamagedSource, PitLiveError, StoreUnavailable
from pitlive.hub.ports import AIM_BYTES, LONGEST_ANNOUNCEMENT, Reason, Replay
from pitlive.hub.redis_announcements import RedisAnnouncements
from pitlive.hub.redis_errors import answering
from pitlive.messages import SOURCE_NAME, Cursor, Event, Json, is_personal, matches

ANSWER_WITHIN_S = 5.0
"""A command that takes longer has met a dead Redis."""

GONE_FOR_S = 86_400
"""How long it is known that a source was deleted."""

CHANNEL = r"[^*,\x00-\x1f\x7f\ud800-\udfff]{1,200}"


class BadMessage(PitLiveError):
    """What is to be published has a source, a channel or a value that there cannot be."""


class NewestValues(NamedTuple):
    """The newest values of channels at one cursor, as JSON text."""

    cursor: Cursor
    values: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.values)

    def encode(self) -> bytes:
        """Return an object, channel → its value, without decoding any."""
        return b"{%b}" % b",".join(orjson.dumps(c) + b":" + v for c, v in self.values.items())

    def encoded(self, pause: Callable[[], None]) -> NewestValues:  # noqa: ARG002  # never long
        """Return the same: to put it together takes no time worth sharing."""
        return self


class RedisLog:
    """What is published to any number of sources, kept in Redis.

    One may be used by any number of greenlets or threads; processes have one each.

    Args:
        client: It decodes nothing (`decode_responses` is off).
        keep: Messages of a source that are kept to be replayed, at least.
        prefix: What its keys begin with.
    """

    def __init__(self, client: redis.Redis, *, keep: int = 100_000, prefix: str = "hub") -> None:
        self._client, self._keep, self._prefix = client, keep, prefix
        self._publish = client.register_script(_lua("publish"))
        self._resume = client.register_script(_lua("resume"))
        self._delete = client.register_script(_lua("delete"))

    @classmethod
    def from_url(cls, url: str, *, keep: int = 100_000, prefix: str = "hub") -> RedisLog:
        """Return a log in the Redis at a URL; it connects when first used."""
        client = redis.Redis.from_url(
            url,
            socket_timeout=ANSWER_WITHIN_S,
            socket_connect_timeout=2.0,
            retry=Retry(ConstantBackoff(0.05), 1),
        )
        return cls(client, keep=keep, prefix=prefix)

    def publish(self, source: str, channel: str, value: Json) -> Cursor:
        """Publish the new value of a channel, and return the cursor reached.

        Where the answer of Redis gets lost it may be published twice.

        Raises:
            BadMessage: The names are none, or the value is not JSON.
            StoreUnavailable: Redis did not answer.
        """
        if not re.fullmatch(SOURCE_NAME, source):
            raise BadMessage(f"source: got {source[:80]!r}, want a name matching {SOURCE_NAME}")
        if not re.fullmatch(CHANNEL, channel):
            raise BadMessage(f"channel: got {channel[:80]!r}, want a text matching {CHANNEL}")
        text = _json(value)
        head = orjson.dumps({"channel": channel, "at_ms": time.time_ns() // 1_000_000})
        message = b'%b,"data":%b}' % (head[:-1], text)
        args: list[Any] = [
            secrets.token_hex(4),
            channel,
            message,
            text,
            self._keep,
            LONGEST_ANNOUNCEMENT,
        ]
        with answering(source):
            epoch, seq, link = self._publish(keys=self._keys(source), args=args)
        return Cursor(epoch.decode(), seq, link.decode())

    def delete(self, source: str) -> bool:
        """Delete a source, and have its readers told; False if there is none."""
        with answering(source):
            return bool(self._delete(keys=self._keys(source), args=[GONE_FOR_S]))

    def resume(self, source: str, after: Cursor, limit: int) -> Replay:
        """Return whether a reader can go on, and what it missed."""
        with answering(source):
            reason, epoch, seq, link, events = self._resume(
                keys=self._keys(source)[:2], args=[*after, limit, AIM_BYTES]
            )
        top = Cursor(epoch.decode(), seq, link.decode())
        return Replay(cast(Reason, reason.decode()), top, [_event(*one) for one in events])

    def events(self, source: str, after: int, limit: int) -> list[Event]:
        """Return up to `limit` events after a sequence number, as far as they are kept."""
        key = self._key(source, "events")
        with answering(source):
            found = cast(Any, self._client.xrange(key, min=f"{after + 1}-0", count=limit))
        return [_event(id, [x for pair in fields.items() for x in pair]) for id, fields in found]

    def top(self, source: str) -> Cursor | None:
        """Return the newest cursor of a source.

        Raises:
            DamagedSource: What Redis has of it is not what is written here.
        """
        if isinstance(found := self.tops([source])[source], DamagedSource):
            raise found
        return found

    def tops(self, sources: Sequence[str]) -> dict[str, Cursor | DamagedSource | None]:
        """Return the newest cursors of many sources, in one round trip, or what is wrong."""
        pipe = self._client.pipeline(transaction=False)
        for source in sources:
            pipe.hmget(self._key(source, "meta"), "epoch", "seq", "link")
        with answering():
            found = pipe.execute(raise_on_error=False)
        return {source: _top(source, one) for source, one in zip(sources, found, strict=True)}

    def channels(self, source: str) -> list[str]:
        """Return the names of a source's channels, sorted, but those for one user alone."""
        with answering(source):
            names = cast(Any, self._client.hkeys(self._key(source, "state")))
        return sorted(name for name in map(bytes.decode, names) if not is_personal(name))

    def is_deleted(self, source: str) -> bool:
        """Tell whether a source was deleted not long ago."""
        with answering():
            return bool(self._client.exists(self._key(source, "gone")))

    def state(self, source: str, patterns: Sequence[str]) -> NewestValues:
        """Return the newest values of the channels that match, at one cursor.

        Raises:
            StoreUnavailable: There is no such source any more, or Redis did not answer.
        """
        pipe = self._client.pipeline(transaction=True)
        pipe.hmget(self._key(source, "meta"), "epoch", "seq", "link")
        pipe.hgetall(self._key(source, "state"))
        with answering(source):
            meta, values = pipe.execute()
            cursor = _cursor(meta)
        if cursor is None:
            raise StoreUnavailable(f"{source}: got no log, want one: it was deleted just now")
        named = ((name.decode(), value) for name, value in sorted(values.items()))
        return NewestValues(
            cursor, {name: value for name, value in named if matches(name, patterns)}
        )

    def listen(self) -> RedisAnnouncements:
        """Return a pub/sub connection of its own."""
        pubsub = self._client.pubsub()  # type: ignore[no-untyped-call]
        return RedisAnnouncements(pubsub, f"{self._prefix}:{{%s}}:live")

    def _key(self, source: str, part: str) -> str:
        return f"{self._prefix}:{{{source}}}:{part}"

    def _keys(self, source: str) -> list[str]:
        parts = "events", "meta", "state", "live", "gone"
        return [self._key(source, part) for part in parts]


def _lua(name: str) -> str:
    """Return the text of a script that Redis runs in one atomic step."""
    return files("pitlive.hub").joinpath("lua", f"{name}.lua").read_text("utf-8")


def _json(value: Json) -> bytes:
    """Return a value as JSON text.

    Raises:
        BadMessage: It is not JSON. NaN and infinity are not either, which orjson makes null of.
    """
    try:
        text = orjson.dumps(value)
        if b"null" in text:
            json.dumps(value, allow_nan=False, default=str)  # slower, and knows null from NaN
    except (TypeError, ValueError) as error:
        raise BadMessage(f"value: got {type(value).__name__}, want JSON: {error}") from None
    return text


def _event(id: bytes, fields: Sequence[bytes]) -> Event:
    """Return an event of the stream, whose fields are `c`, `m` and `h`, each after its name."""
    return Event(int(id.partition(b"-")[0]), fields[1].decode(), fields[3], fields[5].decode())


def _cursor(meta: Sequence[bytes | None]) -> Cursor | None:
    epoch, seq, link = meta
    return Cursor(epoch.decode(), int(seq or 0), (link or b"").decode()) if epoch else None


def _top(source: str, found: Any) -> Cursor | DamagedSource | None:
    """A cursor as `tops` has it."""
    try:
        with answering(source):
            if isinstance(found, Exception):
                raise found
            return _cursor(found)
    except DamagedSource as damaged:
        return damaged

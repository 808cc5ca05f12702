"""What a log in Redis announces, heard on a pub/sub connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis

from pitlive.errors import BadCursor
from pitlive.hub.ports import Announcement, Answered, Heard, Subscribed
from pitlive.hub.redis_errors import answering
from pitlive.messages import Cursor, Event


class RedisAnnouncements:
    """What is announced, on a pub/sub connection."""

    def __init__(self, pubsub: redis.client.PubSub, name: str) -> None:
        self._pubsub, self._name = pubsub, name

    def subscribe(self, sources: Sequence[str]) -> None:
        """Ask for the announcements of sources."""
        with answering():
            self._pubsub.subscribe(*(self._name % source for source in sources))

    def unsubscribe(self, source: str) -> None:
        """Hear no more of a source."""
        with answering():
            self._pubsub.unsubscribe(self._name % source)  # type: ignore[no-untyped-call]

    def probe(self) -> None:
        """Ping: the answer comes after whatever was announced before."""
        with answering():
            self._pubsub.ping()

    def hear(self, timeout_s: float) -> Heard | None:
        """Return what is heard next."""
        with answering():
            message = self._pubsub.get_message(timeout=timeout_s)
        match message and message["type"]:
            case "message":
                return _announcement(_source(message), message["data"])
            case "subscribe":
                return Subscribed(_source(message))
            case "pong":
                return Answered()
        return None

    def close(self) -> None:
        """End the connection."""
        self._pubsub.close()


def _source(message: Any) -> str:
    return str(message["channel"].decode().partition("{")[2].partition("}")[0])


def _announcement(source: str, data: bytes) -> Announcement | None:
    """Return what is announced, None if it is nothing that is announced here."""
    try:
        head, *event = data.split(b"\n", 2)
        first, newest, at_us = head.decode().split()
        after, last = Cursor.parse(first), Cursor.parse(newest)
        events = [Event(last.seq, event[0].decode(), event[1], last.link)] if event else []
        return Announcement(source, after, last, int(at_us), events)
    except (ValueError, IndexError, BadCursor):
        return None

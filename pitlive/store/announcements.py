"""What the hubs hear of a source: that something was published, and mostly what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pitlive.messages import Cursor, Event
from pitlive.store.client import PubSub, Redis
from pitlive.store.keys import key, source_of


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

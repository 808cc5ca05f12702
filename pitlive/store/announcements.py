"""What the hubs hear of a source: that something was published, and mostly what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pitlive.hub.ports import Announcement
from pitlive.messages import Cursor, Event
from pitlive.store.client import PubSub, Redis
from pitlive.store.keys import key, source_of


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

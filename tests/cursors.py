"""Cursors of events that are past: only the log knows their links."""

from __future__ import annotations

from pitlive.store import channel, events
from pitlive.store.client import connect
from tests.stack import Stack


def back(running: Stack, source: str, by: int) -> str:
    """Return the cursor so many events before the newest."""
    with connect(running.redis_url) as client:
        top = channel.top(client, source)
        assert top is not None
        (event,) = events.events(client, source, top.seq - by - 1, 1)
        return str(top.at(event))

"""The nested values of a source that all readers of a worker share."""

from __future__ import annotations

from typing import Any

from pitlive.arithmospora.edge.nested import view_of
from pitlive.hub.hub import Hub
from pitlive.kind import kind_of
from pitlive.messages import Cursor
from pitlive.store import sources
from pitlive.store.client import connect
from pitlive.web.hub_ports import EventLog


def test_a_view_of_another_past_is_made_anew(redis_url: str, source: str) -> None:
    """A log that lost its newest events may be as long again: its values are others."""
    client = connect(redis_url)
    entries = {"vote": {"fields": {"party": "text"}}}
    declared: dict[str, Any] = {"kind": "declared", "entries": entries, "stats": []}
    spec = kind_of(declared).spec(declared)
    sources.declare(client, source, spec)
    hub = Hub(EventLog(client))
    hub._started = True  # nobody listens: what is heard is said below
    feed = hub.feeds.add(source)
    feed.subscribed.set()
    at = sources.meta(client, source).cursor
    feed.begin_at(at)
    before = view_of(hub, source, spec)
    assert view_of(hub, source, spec) is before

    feed.begin_at(Cursor(at.epoch, at.seq, "0ther0ne"))
    assert view_of(hub, source, spec) is not before

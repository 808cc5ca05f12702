"""What goes in and out over HTTP, as the OpenAPI document shows it.

Answers are written straight from the values; these models are their description, and
schemathesis holds the two together.
"""

from __future__ import annotations

from pydantic import BaseModel

from pitlive.web.schemas import entries, events, server, shared, sources, webhooks

ANSWERS: list[type[BaseModel]] = [
    shared.Problem,
    entries.Taken,
    entries.NothingTaken,
    sources.Declared,
    sources.Deleted,
    sources.Sources,
    sources.State,
    entries.Entries,
    entries.SetAsidePage,
    webhooks.Webhooks,
    webhooks.Resent,
    events.Hello,
    events.SnapshotEvent,
    events.Change,
    events.Heartbeat,
    events.Bye,
    server.Me,
    server.Status,
    server.Health,
]
"""Every model that an answer is described by."""

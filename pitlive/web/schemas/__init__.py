"""What goes in and out over HTTP, as the OpenAPI document shows it.

Answers are written straight from the values; these models are their description, and
schemathesis holds the two together.
"""

from __future__ import annotations

from pydantic import BaseModel

from pitlive.race.edge import schemas
from pitlive.tables.edge import schemas
from pitlive.web.schemas import entries, server, shared, sources, webhooks

ANSWERS: list[type[BaseModel]] = [
    shared.Problem,
    entries.Taken,
    entries.NothingTaken,
    sources.Declared,
    sources.Sources,
    sources.State,
    entries.Entries,
    entries.SetAsidePage,
    webhooks.Webhooks,
    webhooks.Resent,
    schemas.Decided,
    schemas.DecidedBefore,
    server.Me,
    schemas.Rows,
    schemas.Laps,
    schemas.Past,
    server.Status,
    server.Health,
]
"""Every model that an answer is described by."""

"""The data of the events of a stream, by what happens in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from pitlive.hub.ports import Reason
from pitlive.web.schemas.shared import Ms, Source

Channels = dict[str, dict[str, Any]]
"""Channel → row key → row."""


class Verdict(BaseModel):
    """Whether a stream goes on where its reader was, in one source."""

    resumed: bool
    reason: Reason
    from_: Annotated[
        str | None, Field(alias="from", description="The cursor that was asked for; null: none.")
    ]
    to: Annotated[str | None, Field(description="The cursor of now; null: no such source.")]
    channels: Annotated[list[str], Field(description="Those that the source has.")] = []


class Hello(BaseModel):
    """The first event of every stream."""

    cursor: str
    server_ms: Ms
    sources: dict[str, Verdict]


class SnapshotEvent(BaseModel):
    """The state of a source; it replaces what the reader had."""

    source: Source
    cursor: str
    channels: Channels


class Change(BaseModel):
    """A change of one channel, as a merge patch (RFC 7396) to its state."""

    source: Annotated[Source, Field(description="Absent on a stream of one source.")] = ""
    channel: str
    at_ms: Annotated[Ms, Field(description="Event time [ms]; absent where none is known.")] = 0
    data: Annotated[dict[str, Any], Field(description="Row key → patch; null takes a row out.")]


class Heartbeat(BaseModel):
    """The server lives, and this is the newest of each source."""

    server_ms: Ms
    top: Annotated[dict[str, str], Field(description="Source → the cursor of its newest event.")]


class Bye(BaseModel):
    """The server closes; come back."""

    reason: Literal[
        "restart", "lifetime", "epoch", "forked", "deleted", "behind", "full", "unavailable"
    ]
    retry_ms: Annotated[int, Field(ge=0, description="How long to stay away [ms].")]

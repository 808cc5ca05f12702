"""What is asked and said of sources, their declarations and their state."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from pitlive.web.schemas.shared import Count, CursorText, EntryId, Query, Source
from pitlive.web.wanted import CHANNELS, LONGEST


class StateQuery(Query):
    """Which channels of the state."""

    channels: Annotated[
        str,
        Field(
            pattern=CHANNELS,
            max_length=LONGEST,
            description="Names of channels separated by commas; `*` stands for any text.",
            json_schema_extra={"example": "standings,laps/*"},
        ),
    ] = "*"


class Declared(BaseModel):
    """A source's declaration with its defaults, and how often it was changed."""

    source: Source
    version: Annotated[int, Field(ge=1)]
    spec: dict[str, Any]


class Deleted(BaseModel):
    """A source that was, with all that belonged to it."""

    source: Source
    deleted: Literal[True]


class Failing(BaseModel):
    """Why nobody follows a source at the moment, though an engine tries again and again."""

    reason: Annotated[str, Field(description="The error that ended its follower last.")]
    times: Annotated[int, Field(description="How often it ended, one time after the other.")]
    next_ms: Annotated[int, Field(description="When it begins again [ms since 1970].")]


class SourceSummary(BaseModel):
    """How far a source has come."""

    source: Source
    kind: str
    name: str = ""
    cursor: CursorText
    entries: Count
    folded: EntryId
    late: Count
    aside: Count
    failing: Failing | None = None


class Sources(BaseModel):
    """All sources."""

    sources: list[SourceSummary]


class State(BaseModel):
    """The state of some channels at one cursor."""

    source: Source
    cursor: CursorText
    channels: Annotated[dict[str, dict[str, Any]], Field(description="Channel → row key → row.")]

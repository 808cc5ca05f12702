"""What is asked and said of sources, their declarations and their state."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from pitlive.hub.patterns import CHANNELS, LONGEST
from pitlive.web.schemas.shared import Count, CursorText, EntryId, Query, Source

USUAL_ROWS, MOST_ROWS = 1000, 10_000
"""Of a page of the state."""

PLACE = (
    r"^([A-Za-z0-9]{1,16})\.([0-9]{1,15})\.([0-9a-f]{8})\.([0-9A-Za-z]{0,64})"
    r"\.([0-9]{1,20})\.((?:[0-9a-f]{2}){0,1000})\.([0-9A-Za-z]{0,16})$"
)
"""Where pages go on: epoch, seq, check sum of what is asked for, run of the Redis, place in a
hash, channel."""

PlaceText = Annotated[str, Field(pattern=PLACE, description="`next` of the page before.")]


PagePath = Annotated[
    str, Field(description="Path of the page that shows it; absent if its kind has none.")
]


class StateQuery(Query):
    """Which channels of the state, and how much at a time."""

    channels: Annotated[
        str,
        Field(
            pattern=CHANNELS,
            max_length=LONGEST,
            description="Names of channels separated by commas; `*` stands for any text.",
            json_schema_extra={"example": "standings,laps/*"},
        ),
    ] = "*"
    limit: Annotated[
        int | None,
        Field(
            ge=1,
            le=MOST_ROWS,
            description=f"Rows of a page, {USUAL_ROWS:,} with `after`; it may have some hundred "
            "more. Without both the answer is the whole state.",
        ),
    ] = None
    after: PlaceText | None = None


class Declared(BaseModel):
    """A source's declaration with its defaults, and how often it was changed."""

    source: Source
    version: Annotated[int, Field(ge=1)]
    spec: dict[str, Any]
    page: PagePath = ""


class Deleted(BaseModel):
    """A source that was, with all that belonged to it."""

    source: Source
    deleted: Literal[True]


class Failing(BaseModel):
    """Why nobody follows a source at the moment, though an engine tries again and again."""

    reason: Annotated[str, Field(description="The error that ended its follower last.")]
    times: Annotated[int, Field(description="How often it ended, one time after the other.")]
    next_ms: Annotated[int, Field(description="When it begins again [ms since 1970].")]


class Unfoldable(BaseModel):
    """Entries that are left out of the figures, for this version of PitLive fails at them."""

    entries: Annotated[int, Field(description="How many there are.")]
    newest: Annotated[EntryId, Field(description="The one that was found last.")]
    reason: Annotated[str, Field(description="What it failed with.")]


class SourceSummary(BaseModel):
    """How far a source has come."""

    source: Source
    kind: str
    name: str = ""
    page: PagePath = ""
    cursor: CursorText
    entries: Count
    newest: EntryId
    folded: EntryId
    late: Count
    aside: Count
    repairs: Annotated[
        Count, Field(description="How often `pitlive repair` has changed the log.")
    ] = 0
    failing: Failing | None = None
    unfoldable: Unfoldable | None = None


class DamagedSummary(BaseModel):
    """A source of which what Redis has is not what PitLive writes: no more is known of it."""

    source: Source
    failing: Failing


class Sources(BaseModel):
    """All sources."""

    sources: list[SourceSummary | DamagedSummary]


class State(BaseModel):
    """The state of some channels at one cursor, or a page of it."""

    source: Source
    cursor: CursorText
    next: Annotated[
        str | None, Field(description="What to ask for as `after`; absent if that was all.")
    ] = None
    channels: Annotated[
        dict[str, dict[str, Any]],
        Field(description="Channel → row key → row; null in a page says that it is gone."),
    ]

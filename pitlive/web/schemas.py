"""What goes in and out over HTTP, as the OpenAPI document shows it.

Answers are written straight from the values; these models are their description, and
schemathesis holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pitlive.messages import SOURCE_NAME
from pitlive.web.wanted import CHANNELS, LONGEST

NO_ENTRY = "0-0"
"""The id before the first."""

Source = Annotated[
    str,
    Field(
        pattern=SOURCE_NAME,
        description="Name of a source.",
        json_schema_extra={"example": "bristol"},
    ),
]
EntryId = Annotated[
    str,
    Field(pattern=r"^[0-9]{1,15}-[0-9]{1,15}$", json_schema_extra={"example": "1763822400000-0"}),
]
CursorText = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9]{1,16}\.[0-9]{1,15}$", json_schema_extra={"example": "k3f9a1c2.41"}
    ),
]
Ms = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class SourcePath(BaseModel):
    """Which source."""

    source: Source


class StateQuery(BaseModel):
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


class EntriesQuery(BaseModel):
    """Which part of the entry log."""

    after: Annotated[EntryId, Field(description="Id of the entry to go on after.")] = NO_ENTRY
    limit: Annotated[int, Field(ge=1, le=10_000, description="At most so many.")] = 1000


class AsideQuery(BaseModel):
    """Which part of what was set aside."""

    after: Annotated[EntryId, Field(description="Id of the one to go on after.")] = NO_ENTRY
    limit: Annotated[int, Field(ge=1, le=10_000, description="At most so many.")] = 100


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str


class Refused(BaseModel):
    """One thing of a body that was not taken: where, what was there, what would do."""

    index: Count
    field: str
    got: Any
    want: str


class Taken(BaseModel):
    """What became of the entries of a body."""

    accepted: Count
    repeats: Count
    refused: list[Refused]
    unlisted: Annotated[Count, Field(description="Refusals beyond those listed.")] = 0
    last: Annotated[EntryId, Field(description="Id of the newest that was accepted.")] = NO_ENTRY


class NothingTaken(Problem):
    """Why nothing of a body was taken; the lists are there if it could be read at all."""

    accepted: Count = 0
    repeats: Count = 0
    refused: list[Refused] = []
    unlisted: Count = 0


class Declared(BaseModel):
    """A source's declaration with its defaults, and how often it was changed."""

    source: Source
    version: Annotated[int, Field(ge=1)]
    spec: dict[str, Any]


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


class Sources(BaseModel):
    """All sources."""

    sources: list[SourceSummary]


class State(BaseModel):
    """The state of some channels at one cursor."""

    source: Source
    cursor: CursorText
    channels: Annotated[dict[str, dict[str, Any]], Field(description="Channel → row key → row.")]


class LoggedEntry(BaseModel):
    """An entry as the log has it, with the fields of its type."""

    model_config = ConfigDict(extra="allow")

    id: EntryId
    uid: str
    type: str
    at_ms: Ms
    revision: Count
    seen_ms: Ms


class Entries(BaseModel):
    """A part of the entry log, oldest first."""

    entries: list[LoggedEntry]
    next: EntryId


class SetAsideThing(BaseModel):
    """Something that could not be taken, and why."""

    id: EntryId
    seen_ms: Ms
    uid: str
    entry: Annotated[str, Field(description="Id in the log; empty if refused at the door.")] = ""
    field: str
    got: Any
    want: str


class SetAsidePage(BaseModel):
    """A part of what was set aside, oldest first."""

    aside: list[SetAsideThing]
    next: EntryId


class Decision(BaseModel):
    """How a conflict between pit reports was resolved."""

    model_config = ConfigDict(extra="allow")

    car: str
    lap: int
    operator: str
    tires: int
    service_ms: int
    reason: str
    at_ms: Ms


class Decided(BaseModel):
    """The decision that stands."""

    decision: Decision


class DecidedBefore(Problem):
    """Somebody else decided before."""

    decision: Decision


class Me(BaseModel):
    """Who asks, and whether writing needs a login."""

    operator: str = ""
    login: bool


class Health(BaseModel):
    """It is well."""

    status: Literal["ok"]


ANSWERS: list[type[BaseModel]] = [
    Problem,
    Taken,
    NothingTaken,
    Declared,
    Sources,
    State,
    Entries,
    SetAsidePage,
    Decided,
    DecidedBefore,
    Me,
    Health,
]
"""Every model that an answer is described by."""

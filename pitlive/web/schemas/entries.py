"""What is asked and said of entries: reported, logged, set aside."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pitlive.web.schemas.shared import NO_ENTRY, Count, EntryId, Ms, Problem, Query


class EntriesQuery(Query):
    """Which part of the entry log."""

    after: Annotated[EntryId, Field(description="Id of the entry to go on after.")] = NO_ENTRY
    limit: Annotated[int, Field(ge=1, le=10_000, description="At most so many.")] = 1000


class ReportQuery(Query):
    """On what condition entries are taken."""

    holds: Annotated[
        EntryId,
        Field(description="Id of an entry that the log must have; else 412, and nothing is taken."),
    ] = NO_ENTRY


class AsideQuery(Query):
    """Which part of what was set aside."""

    after: Annotated[EntryId, Field(description="Id of the one to go on after.")] = NO_ENTRY
    limit: Annotated[int, Field(ge=1, le=10_000, description="At most so many.")] = 100


class Refused(BaseModel):
    """One thing of a body that was not taken: where, what was there, what would do."""

    index: Count
    field: str
    got: Any
    want: str
    stands: Annotated[
        dict[str, Any], Field(description="What is there instead: somebody else was first.")
    ] = {}


class Taken(BaseModel):
    """What became of the entries of a body."""

    accepted: Count
    repeats: Count
    refused: list[Refused]
    unlisted: Annotated[Count, Field(description="Refusals beyond those listed.")] = 0
    last: Annotated[EntryId, Field(description="Id of the newest that was accepted.")] = NO_ENTRY
    newest: Annotated[
        EntryId, Field(description="Id of the newest entry of the log, which has all of these.")
    ] = NO_ENTRY
    folded: Annotated[
        bool, Field(description="Whether all are in the published state, if that was awaited.")
    ] = False


class NothingTaken(Problem):
    """Why nothing of a body was taken; the lists are there if it could be read at all."""

    accepted: Count = 0
    repeats: Count = 0
    refused: list[Refused] = Field(default=[])
    unlisted: Count = 0
    folded: bool = False


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
    stands: dict[str, Any] = {}


class SetAsidePage(BaseModel):
    """A part of what was set aside, oldest first."""

    aside: list[SetAsideThing]
    next: EntryId

"""What goes in and out over HTTP, as the OpenAPI document shows it.

Answers are written straight from the values; these models are their description, and
schemathesis holds the two together.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pitlive.messages import SOURCE_NAME
from pitlive.race.entries import LAPS
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
USUAL_ROWS, MOST_ROWS, LONGEST_COLUMNS = 100, 5000, 1000
COLUMNS = r"^[0-9]{1,4}(,[0-9]{1,4})*$"
"""Said in the document only: who asks for others is told in our words what would do."""

Ms = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class SourcePath(BaseModel):
    """Which source."""

    source: Source


class LapPath(SourcePath):
    """Which lap of which race."""

    lap: Annotated[int, Field(ge=1, le=LAPS, json_schema_extra={"example": 57})]


class Query(BaseModel):
    """What stands in a query."""

    @classmethod
    @cache
    def model_json_schema(cls, *given: Any, **named: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return the schema, written once: the framework asks for it at every request."""
        return super().model_json_schema(*given, **named)


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


class EntriesQuery(Query):
    """Which part of the entry log."""

    after: Annotated[EntryId, Field(description="Id of the entry to go on after.")] = NO_ENTRY
    limit: Annotated[int, Field(ge=1, le=10_000, description="At most so many.")] = 1000


class RowsQuery(Query):
    """Which rows and columns of a table."""

    offset: Annotated[int, Field(ge=0, le=10**9, description="The first row, from 0.")] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="At most so many rows.")] = (
        USUAL_ROWS
    )
    columns: Annotated[
        str | None,
        Field(
            max_length=LONGEST_COLUMNS,
            description="Numbers of columns separated by commas; all if absent.",
            json_schema_extra={"example": "0,3", "pattern": COLUMNS},
        ),
    ] = None


class AsideQuery(Query):
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
    folded: Annotated[
        bool, Field(description="Whether all are in the published state, if that was awaited.")
    ] = False


class NothingTaken(Problem):
    """Why nothing of a body was taken; the lists are there if it could be read at all."""

    accepted: Count = 0
    repeats: Count = 0
    refused: list[Refused] = []
    unlisted: Count = 0
    folded: bool = False


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
    stands: dict[str, Any] = {}


class SetAsidePage(BaseModel):
    """A part of what was set aside, oldest first."""

    aside: list[SetAsideThing]
    next: EntryId


Fate = Literal["pending", "delivered", "dead"]


class WebhooksQuery(BaseModel):
    """Which notices."""

    fate: Annotated[Fate | None, Field(description="Only those; default: all.")] = None
    before: Annotated[
        int, Field(ge=0, le=2**53, description="Number of the notice to go on before; 0: none.")
    ] = 0
    limit: Annotated[int, Field(ge=1, le=1000, description="At most so many.")] = 100


class NoticePath(BaseModel):
    """Which notice of which source."""

    source: Source
    id: Annotated[
        str,
        Field(
            pattern=r"^msg_[0-9a-f]{32}$",
            description="Id of a notice.",
            json_schema_extra={"example": "msg_0123456789abcdef0123456789abcdef"},
        ),
    ]


class Notice(BaseModel):
    """Something that a webhook has to tell, and what became of it."""

    id: str
    number: Count
    webhook: str
    stat: str
    key: str
    type: Literal["on", "off", "change"]
    run: Annotated[Count, Field(description="Of the rule; absent for a change.")] = 0
    moment_ms: Annotated[Ms, Field(description="When the run began or ended, if known.")] = 0
    fate: Fate
    made_ms: Ms
    attempts: Count
    reason: Annotated[str, Field(description="Why it is not delivered; absent if it is.")] = ""
    status: Annotated[Count, Field(description="What the receiver answered last.")] = 0
    next_ms: Annotated[Ms, Field(description="When it is sent again.")] = 0
    done_ms: Annotated[Ms, Field(description="When it was delivered, or given up.")] = 0
    took_ms: Annotated[Ms, Field(description="How long the last attempt took.")] = 0
    since_ms: Annotated[Ms, Field(description="When an operator had it sent again.")] = 0
    body: Annotated[dict[str, Any], Field(description="What is sent.")]


class Webhooks(BaseModel):
    """How many notices have which fate, and the newest of them."""

    source: Source
    counts: dict[Fate, Count]
    notices: list[Notice]


class Resent(BaseModel):
    """It waits again."""

    id: str
    fate: Literal["pending"]


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


class Measured(BaseModel):
    """One series of a metric: its value, or what a histogram holds."""

    labels: dict[str, str]
    value: float = 0
    count: float = 0
    sum: float = 0
    buckets: Annotated[
        list[tuple[float, float]],
        Field(description="Upper bound → how many were at most that; all of them are `count`."),
    ] = []


class Status(BaseModel):
    """All metrics of this server, its sources and the engines."""

    server_ms: Ms
    metrics: Annotated[dict[str, list[Measured]], Field(description="Name → its series.")]


class ColumnPart(BaseModel):
    """Cells of one column, all of one version of it."""

    version: Count
    values: list[float]


class Rows(BaseModel):
    """Rows of a table, with the versions that belong to them."""

    source: Source
    offset: Count
    total: Annotated[Count, Field(description="How many rows the table has.")]
    row_versions: list[Count]
    columns: Annotated[dict[str, ColumnPart], Field(description="Number → the cells asked for.")]


class Laps(BaseModel):
    """The laps of a race that can be looked back at."""

    source: Source
    laps: list[Annotated[int, Field(ge=1, le=LAPS)]]


class Past(BaseModel):
    """A race as it stood when the leader completed a lap."""

    source: Source
    lap: Annotated[int, Field(ge=1, le=LAPS)]
    at_ms: int
    flag: Literal["green", "yellow"] | None = None
    standings: Annotated[dict[str, list[Any]], Field(description="A list a column, cars in order.")]
    forecasts: Annotated[dict[str, Any], Field(description="As in the channel `forecasts`.")]


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
    Webhooks,
    Resent,
    Decided,
    DecidedBefore,
    Me,
    Rows,
    Laps,
    Past,
    Status,
    Health,
]
"""Every model that an answer is described by."""

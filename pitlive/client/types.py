"""What a server answers and sends, as types: generated from the OpenAPI document.

Not to be edited: `python -m pitlive.web.document.typed` writes it. What is not known is absent.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Bye(TypedDict):
    """The server closes; come back."""

    reason: Literal[
        "restart", "lifetime", "epoch", "forked", "deleted", "behind", "full", "unavailable"
    ]
    retry_ms: int
    """How long to stay away [ms]."""


class Change(TypedDict):
    """A change of one channel, as a merge patch (RFC 7396) to its state."""

    source: NotRequired[str]
    """Absent on a stream of one source."""
    channel: str
    at_ms: NotRequired[int]
    """Event time [ms]; absent where none is known."""
    data: dict[str, Any]
    """Row key → patch; null takes a row out."""


class DamagedSummary(TypedDict):
    """A source of which what Redis has is not what PitLive writes: no more is known of it."""

    source: str
    """Name of a source."""
    failing: Failing


class Declared(TypedDict):
    """A source's declaration with its defaults, and how often it was changed."""

    source: str
    """Name of a source."""
    version: int
    spec: dict[str, Any]
    page: NotRequired[str]
    """Path of the page that shows it; absent if its kind has none."""


class Deleted(TypedDict):
    """A source that was, with all that belonged to it."""

    source: str
    """Name of a source."""
    deleted: Literal[True]


class Entries(TypedDict):
    """A part of the entry log, oldest first."""

    entries: list[LoggedEntry]
    next: str


class Failing(TypedDict):
    """Why nobody follows a source at the moment, though an engine tries again and again."""

    reason: str
    """The error that ended its follower last."""
    times: int
    """How often it ended, one time after the other."""
    next_ms: int
    """When it begins again [ms since 1970]."""


class Health(TypedDict):
    """It is well."""

    status: Literal["ok"]


class Heartbeat(TypedDict):
    """The server lives, and this is the newest of each source."""

    server_ms: int
    top: dict[str, str]
    """Source → the cursor of its newest event."""


class Hello(TypedDict):
    """The first event of every stream."""

    cursor: str
    server_ms: int
    sources: dict[str, Verdict]


class LoggedEntry(TypedDict):
    """An entry as the log has it, with the fields of its type."""

    id: str
    uid: str
    type: str
    at_ms: int
    revision: int
    seen_ms: int


class Me(TypedDict):
    """Who asks, and whether writing needs a login."""

    operator: NotRequired[str]
    login: bool


class Measured(TypedDict):
    """One series of a metric: its value, or what a histogram holds."""

    labels: dict[str, str]
    value: NotRequired[float]
    count: NotRequired[float]
    sum: NotRequired[float]
    buckets: NotRequired[list[list[float]]]
    """Upper bound → how many were at most that; all of them are `count`."""


class NothingTaken(TypedDict):
    """Why nothing of a body was taken; the lists are there if it could be read at all."""

    type: str
    title: str
    status: int
    detail: str
    accepted: NotRequired[int]
    repeats: NotRequired[int]
    refused: NotRequired[list[Refused]]
    unlisted: NotRequired[int]
    folded: NotRequired[bool]


class Notice(TypedDict):
    """Something that a webhook has to tell, and what became of it."""

    id: str
    number: int
    webhook: str
    stat: str
    key: str
    type: Literal["on", "off", "change"]
    run: NotRequired[int]
    """Of the rule; absent for a change."""
    moment_ms: NotRequired[int]
    """When the run began or ended, if known."""
    fate: Literal["pending", "delivered", "dead"]
    made_ms: int
    attempts: int
    reason: NotRequired[str]
    """Why it is not delivered; absent if it is."""
    status: NotRequired[int]
    """What the receiver answered last."""
    next_ms: NotRequired[int]
    """When it is sent again."""
    done_ms: NotRequired[int]
    """When it was delivered, or given up."""
    took_ms: NotRequired[int]
    """How long the last attempt took."""
    since_ms: NotRequired[int]
    """When an operator had it sent again."""
    body: dict[str, Any]
    """What is sent."""


class Problem(TypedDict):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str


class Refused(TypedDict):
    """One thing of a body that was not taken: where, what was there, what would do."""

    index: int
    field: str
    got: Any
    want: str
    stands: NotRequired[dict[str, Any]]
    """What is there instead: somebody else was first."""


class Resent(TypedDict):
    """It waits again."""

    id: str
    fate: Literal["pending"]


class SetAsidePage(TypedDict):
    """A part of what was set aside, oldest first."""

    aside: list[SetAsideThing]
    next: str


class SetAsideThing(TypedDict):
    """Something that could not be taken, and why."""

    id: str
    seen_ms: int
    uid: str
    entry: NotRequired[str]
    """Id in the log; empty if refused at the door."""
    field: str
    got: Any
    want: str
    stands: NotRequired[dict[str, Any]]


class SnapshotEvent(TypedDict):
    """The state of a source; it replaces what the reader had."""

    source: str
    """Name of a source."""
    cursor: str
    channels: dict[str, dict[str, Any]]


class SourceSummary(TypedDict):
    """How far a source has come."""

    source: str
    """Name of a source."""
    kind: str
    name: NotRequired[str]
    page: NotRequired[str]
    """Path of the page that shows it; absent if its kind has none."""
    cursor: str
    entries: int
    newest: str
    folded: str
    late: int
    aside: int
    repairs: NotRequired[int]
    """How often `pitlive repair` has changed the log."""
    failing: NotRequired[Failing]
    unfoldable: NotRequired[Unfoldable]


class Sources(TypedDict):
    """All sources."""

    sources: list[SourceSummary | DamagedSummary]


class State(TypedDict):
    """The state of some channels at one cursor, or a page of it."""

    source: str
    """Name of a source."""
    cursor: str
    next: NotRequired[str]
    """What to ask for as `after`; absent if that was all."""
    channels: dict[str, dict[str, Any]]
    """Channel → row key → row; null in a page says that it is gone."""


class Status(TypedDict):
    """All metrics of this server, its sources and the engines."""

    server_ms: int
    metrics: dict[str, list[Measured]]
    """Name → its series."""


class Taken(TypedDict):
    """What became of the entries of a body."""

    accepted: int
    repeats: int
    refused: list[Refused]
    unlisted: NotRequired[int]
    """Refusals beyond those listed."""
    last: NotRequired[str]
    """Id of the newest that was accepted."""
    newest: NotRequired[str]
    """Id of the newest entry of the log, which has all of these."""
    folded: NotRequired[bool]
    """Whether all are in the published state, if that was awaited."""


class Unfoldable(TypedDict):
    """Entries that are left out of the figures, for this version of PitLive fails at them."""

    entries: int
    """How many there are."""
    newest: str
    """The one that was found last."""
    reason: str
    """What it failed with."""


class Webhooks(TypedDict):
    """How many notices have which fate, and the newest of them."""

    source: str
    """Name of a source."""
    counts: dict[str, int]
    notices: list[Notice]


Verdict = TypedDict(
    "Verdict",
    {
        "resumed": bool,
        "reason": Literal[
            "fresh", "ok", "trimmed", "epoch", "forked", "unknown", "future", "deleted"
        ],
        "from": str | None,
        "to": str | None,
        "channels": NotRequired[list[str]],
    },
)
"""Whether a stream goes on where its reader was, in one source."""

"""Where a reader begins in one source: after its cursor, or with the state and a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pitlive.hub.feed import SourceFeed
from pitlive.hub.listener import PAGE
from pitlive.hub.ports import Log, Reason, State
from pitlive.hub.states import States
from pitlive.hub.stream_request import StreamRequest
from pitlive.messages import Cursor, Event

REPLAY_MOST = 20_000
"""Events replayed to one reader; beyond it the state is shorter than the way there."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader begins in one source.

    Attributes:
        at: What it has after `events` or `state`; None while there is no such source.
        events: What it missed and memory no longer holds.
        state: Given instead, if it cannot go on from its cursor.
        served: Where its events or its state came from; "redis" is the log, whatever it is
            kept in: dashboards know it by that label.
    """

    reason: Reason
    at: Cursor | None
    events: Sequence[Event] = ()
    state: State | None = None
    served: Literal["memory", "redis"] = "memory"


def in_memory(feed: SourceFeed, request: StreamRequest) -> Reason:
    """Return the verdict on a reader whom memory can serve."""
    return "ok" if request.after.get(feed.source) is not None else _why(feed, request)


def from_memory(states: States, feed: SourceFeed, request: StreamRequest) -> Start | None:
    """Return the start of a reader whom memory alone can serve; never waits."""
    after = request.after.get(feed.source)
    if after is not None:
        return Start("ok", after) if feed.after(after) is not None else None
    reason = in_memory(feed, request)
    if feed.cursor is None:
        return Start("deleted" if feed.is_deleted else reason, None)
    state = states.known(feed, request.patterns)
    return Start(reason, state.cursor, state=state) if state is not None else None


def from_log(log: Log, states: States, feed: SourceFeed, request: StreamRequest) -> Start:
    """Return the start of a reader, from the log where memory does not reach."""
    after = request.after.get(feed.source)
    if after is None:
        return from_state(states, feed, request.patterns, _why(feed, request))
    return from_memory(states, feed, request) or _resume(log, states, feed, after, request.patterns)


def from_state(states: States, feed: SourceFeed, patterns: Sequence[str], reason: Reason) -> Start:
    """Return the start of a reader who is given the state."""
    if feed.cursor is None:
        return Start("deleted" if feed.is_deleted else reason, None)
    state = states.read(feed, patterns)
    return Start(reason, state.cursor, state=state, served="redis")


def _why(feed: SourceFeed, request: StreamRequest) -> Reason:
    """Why a reader without a cursor of ours gets the state, or nothing where there is none."""
    return "unknown" if feed.cursor is None or feed.source in request.after else "fresh"


def _resume(
    log: Log, states: States, feed: SourceFeed, after: Cursor, patterns: Sequence[str]
) -> Start:
    replay = log.resume(feed.source, after, PAGE)
    if replay.reason != "ok":
        return from_state(states, feed, patterns, replay.reason)
    events, at = list[Event](), after
    while page := replay.events:
        events += page
        at = at.at(page[-1])
        if len(events) >= REPLAY_MOST:
            return from_state(states, feed, patterns, "trimmed")
        if at == replay.top or feed.after(at) is not None:
            break
        replay = log.resume(feed.source, at, PAGE)
        if replay.reason != "ok":
            return from_state(states, feed, patterns, replay.reason)
    return Start("ok", at, events, served="redis")

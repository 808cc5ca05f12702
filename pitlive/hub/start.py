"""Where a reader begins in one source: after its cursor, or with the state and a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pitlive.hub.feed import Feed
from pitlive.hub.listener import PAGE
from pitlive.hub.states import States
from pitlive.hub.stream_request import Wish
from pitlive.messages import Cursor, Event
from pitlive.store import channel
from pitlive.store.client import Redis

REPLAY_MOST = 20_000
"""Events replayed to one reader; beyond it the state is shorter than the way there."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader begins in one source.

    Attributes:
        at: What it has after `events` or `state`; None while there is no such source.
        events: What it missed and memory no longer holds.
        state: Given instead, if it cannot go on from its cursor.
        served: Where its events or its state came from.
    """

    reason: channel.Reason
    at: Cursor | None
    events: Sequence[Event] = ()
    state: channel.Snapshot | None = None
    served: Literal["memory", "redis"] = "memory"


def in_memory(feed: Feed, wish: Wish) -> channel.Reason:
    """Return the verdict on a reader whom memory can serve."""
    return "ok" if wish.after.get(feed.source) is not None else _why(feed, wish)


def from_memory(states: States, feed: Feed, wish: Wish) -> Start | None:
    """Return the start of a reader whom memory alone can serve; never waits."""
    after = wish.after.get(feed.source)
    if after is not None:
        return Start("ok", after) if feed.after(after) is not None else None
    reason = in_memory(feed, wish)
    if feed.cursor is None:
        return Start("deleted" if feed.is_deleted else reason, None)
    state = states.known(feed, wish.patterns)
    return Start(reason, state.cursor, state=state) if state is not None else None


def from_log(client: Redis, states: States, feed: Feed, wish: Wish) -> Start:
    """Return the start of a reader, from Redis where memory does not reach."""
    after = wish.after.get(feed.source)
    if after is None:
        return from_state(states, feed, wish.patterns, _why(feed, wish))
    return from_memory(states, feed, wish) or _resume(client, states, feed, after, wish.patterns)


def from_state(
    states: States, feed: Feed, patterns: Sequence[str], reason: channel.Reason
) -> Start:
    """Return the start of a reader who is given the state."""
    if feed.cursor is None:
        return Start("deleted" if feed.is_deleted else reason, None)
    state = states.read(feed, patterns)
    return Start(reason, state.cursor, state=state, served="redis")


def _why(feed: Feed, wish: Wish) -> channel.Reason:
    """Why a reader without a cursor of ours gets the state, or nothing where there is none."""
    return "unknown" if feed.cursor is None or feed.source in wish.after else "fresh"


def _resume(
    client: Redis, states: States, feed: Feed, after: Cursor, patterns: Sequence[str]
) -> Start:
    verdict = channel.resume(client, feed.source, after, PAGE)
    if verdict.reason != "ok":
        return from_state(states, feed, patterns, verdict.reason)
    events, at = list[Event](), after
    while page := verdict.events:
        events += page
        at = at.at(page[-1])
        if len(events) >= REPLAY_MOST:
            return from_state(states, feed, patterns, "trimmed")
        if at == verdict.top or feed.after(at) is not None:
            break
        verdict = channel.resume(client, feed.source, at, PAGE)
        if verdict.reason != "ok":
            return from_state(states, feed, patterns, verdict.reason)
    return Start("ok", at, events, served="redis")

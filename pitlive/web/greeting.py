"""How a reader is brought to where its group is: nothing lost between, and nothing twice.

The order matters and is the whole promise. First the feed is followed, so that whatever is
announced from now on is in memory; then the log or the state is read; then, in one go and
without giving way to anybody, the rest is taken from memory and the socket joins its group.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pitlive.errors import StoreUnavailable
from pitlive.messages import Cursor, Event, Json
from pitlive.store import channel
from pitlive.store.client import Redis
from pitlive.web import words
from pitlive.web.feed import Feed
from pitlive.web.group import Group
from pitlive.web.hub import Hub
from pitlive.web.listener import PAGE
from pitlive.web.position import Position
from pitlive.web.wish import Wish

REPLAY_MOST = 20_000
"""Events replayed to one reader; beyond it the state is shorter than the way there."""

GREET_WITHIN_S = 10.0
"""How long a reader waits to be brought up to date before it is asked to come back."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader begins in one source.

    Attributes:
        at: What it has after `events` or `state`; None while there is no such source.
        events: What it missed and memory no longer holds.
        state: Given instead, if it cannot go on from its cursor.
    """

    reason: channel.Reason
    at: Cursor | None
    events: Sequence[Event] = ()
    state: channel.Snapshot | None = None


class Greeting:
    """Prepares the first words of one reader."""

    def __init__(self, hub: Hub, client: Redis, wish: Wish) -> None:
        self._hub = hub
        self._client = client
        self._wish = wish

    def prepare(self) -> tuple[Group, bytes]:
        """Return the reader's group, and the bytes that bring it to the group's position.

        They are right until somebody else has a turn: take the socket over at once.

        Raises:
            StoreUnavailable: Redis did not answer in time.
        """
        give_up = time.monotonic() + GREET_WITHIN_S
        while time.monotonic() < give_up:
            feeds = [self._hub.follow(source) for source in self._wish.sources]
            starts = {feed.source: self._start(feed) for feed in feeds}
            available = {s: channel.available(self._client, s) for s in starts}
            group = self._hub.group(feeds, self._wish.patterns)
            while self._is_ahead(group, starts) and time.monotonic() < give_up:
                self._hub.flushed.wait(0.05)
            group = self._hub.group(feeds, self._wish.patterns)
            first = self._first_words(group, starts, available)
            if first is not None:
                return group, first
        raise StoreUnavailable(f"redis: not up to date within {GREET_WITHIN_S} s")

    def _start(self, feed: Feed) -> Start:
        """Find out whether the reader can go on, reading what memory does not hold."""
        after = self._wish.after.get(feed.source)
        if after is None:
            named = feed.source in self._wish.after
            return self._afresh(feed, "unknown" if named or feed.cursor is None else "fresh")
        if feed.cursor and feed.cursor.epoch == after.epoch and feed.after(after.seq) is not None:
            return Start("ok", after)
        return self._from_log(feed, after)

    def _from_log(self, feed: Feed, after: Cursor) -> Start:
        verdict = channel.resume(self._client, feed.source, after, PAGE)
        if verdict.reason != "ok":
            return self._afresh(feed, verdict.reason)
        events = list(verdict.events)
        at = events[-1].seq if events else after.seq
        while at < verdict.top.seq and len(events) < REPLAY_MOST and feed.after(at) is None:
            page = channel.events(self._client, feed.source, at, PAGE)
            if not page or page[0].seq != at + 1:
                return self._afresh(feed, "trimmed")
            events += page
            at = page[-1].seq
        if len(events) >= REPLAY_MOST:
            return self._afresh(feed, "trimmed")
        return Start("ok", Cursor(after.epoch, at), events)

    def _afresh(self, feed: Feed, reason: channel.Reason) -> Start:
        if feed.cursor is None:
            return Start(reason, None)
        state = self._hub.state(feed, self._wish.patterns)
        return Start(reason, state.cursor, state=state)

    def _is_ahead(self, group: Group, starts: dict[str, Start]) -> bool:
        """Tell whether Redis was read further than the group was sent."""
        reached = group.position.reached
        return any(
            start.at is not None and source in reached and start.at.seq > reached[source].seq
            for source, start in starts.items()
        )

    def _first_words(
        self, group: Group, starts: dict[str, Start], available: dict[str, list[str]]
    ) -> bytes | None:
        """Hello, then what each source begins with, then the rest from memory."""
        begins = {
            s: self._wish.after.get(s) if x.reason == "ok" else x.at for s, x in starts.items()
        }
        position = Position(
            self._wish.sources, self._wish.patterns, {s: at for s, at in begins.items() if at}
        )
        said = {s: self._said(s, x, available[s]) for s, x in starts.items()}
        parts = [words.retry(), words.hello(position.cursor, said)]
        for source, start in starts.items():
            if start.state is not None:
                parts.append(words.snapshot(source, start.state, position.cursor))
            parts.append(position.messages(source, start.events))
        for feed in group.feeds:
            rest = self._rest(feed, group, position)
            if rest is None:
                return None
            parts.append(position.messages(feed.source, rest))
        return b"".join(parts) if position.reached == group.position.reached else None

    @staticmethod
    def _rest(feed: Feed, group: Group, position: Position) -> list[Event] | None:
        """The events between what was read and what the group was sent."""
        at, goal = position.reached.get(feed.source), group.position.reached.get(feed.source)
        if at is None or goal is None:
            return [] if at is goal else None
        if at.epoch != goal.epoch or at.seq > goal.seq:
            return None
        found = feed.after(at.seq)
        return None if found is None else [event for event in found if event.seq <= goal.seq]

    def _said(self, source: str, start: Start, available: list[str]) -> Json:
        after = self._wish.after.get(source)
        return {
            "resumed": start.reason == "ok",
            "reason": start.reason,
            "from": str(after) if after else None,
            "to": str(start.at) if start.at else None,
            "channels": available,
        }

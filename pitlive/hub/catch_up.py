"""How a reader is brought to where its group is: nothing lost between, and nothing twice.

The order matters and is the whole promise. First the feed is followed, so that whatever is
announced from now on is in memory; then the log or the state is read; then, in one go and
without giving way to anybody, the rest is taken from memory and the socket joins its group.

Most readers need none of that waiting: the feed is followed, and memory reaches back to
where they were. They begin at once, and those who come from the same place get the very same
bytes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from pitlive.errors import StoreUnavailable
from pitlive.hub import control
from pitlive.hub.coding import Coding
from pitlive.hub.feed import SourceFeed
from pitlive.hub.feeds import Feeds
from pitlive.hub.group import Group
from pitlive.hub.metrics import REPLAYS
from pitlive.hub.position import Position
from pitlive.hub.start import Start, from_log, from_memory, from_state, in_memory
from pitlive.hub.stream_request import StreamRequest
from pitlive.messages import Cursor, Event, Json, is_personal

CATCH_UP_WITHIN_S = 10.0
"""How long a reader waits to be brought up to date before it is asked to come back."""


class CatchUp:
    """Prepares what one reader begins with, after the opening of its coding.

    What it returns is right until somebody else has a turn: take the socket over at once.
    """

    def __init__(self, feeds: Feeds, request: StreamRequest, coding: Coding) -> None:
        self._feeds = feeds
        self._request = request
        self._coding = coding

    def from_memory(self) -> tuple[Group, bytes] | None:
        """Return the reader's group, and the bytes that bring it there, if memory has them."""
        feeds = self._feeds.followed(self._request.sources)
        if feeds is None:
            return None
        group = self._feeds.group(feeds, self._request.patterns, self._request.dialect)
        name = self._coding.name, tuple(self._request.after.items())
        if (body := group.catch_ups.get(name)) is None:
            found = {f.source: from_memory(self._feeds.states, f, self._request) for f in feeds}
            starts = {source: start for source, start in found.items() if start is not None}
            text = self._body(group, starts) if len(starts) == len(feeds) else None
            if text is None:
                return None
            body = group.keep(name, self._coding.shared(text))
        for feed in feeds:
            REPLAYS[in_memory(feed, self._request), "memory"].inc()
        return group, self._coding.alone(control.opening()) + body

    def prepare(self) -> tuple[Group, bytes]:
        """Return the same, reading what memory does not hold and waiting for it.

        Raises:
            StoreUnavailable: The log did not answer in time.
        """
        give_up = time.monotonic() + CATCH_UP_WITHIN_S
        while time.monotonic() < give_up:
            feeds = [self._feeds.follow(source) for source in self._request.sources]
            if (ready := self.from_memory()) is not None:
                return ready
            starts = {
                f.source: from_log(self._feeds.log, self._feeds.states, f, self._request)
                for f in feeds
            }
            group = self._group(feeds, starts, give_up)
            if (ready := self.from_memory()) is not None:  # others of a crowd may have come first
                return ready
            if (body := self._body(group, starts)) is not None:
                for start in starts.values():
                    REPLAYS[start.reason, start.served].inc()
                return group, self._coding.alone(control.opening()) + self._coding.shared(body)
        raise StoreUnavailable(f"log: not up to date within {CATCH_UP_WITHIN_S} s")

    def _group(self, feeds: list[SourceFeed], starts: Mapping[str, Start], give_up: float) -> Group:
        """Return the group, once it was sent all that the log was read up to.

        It is empty while we wait, and may be dropped and made anew: so we look for it each time.
        """
        patterns, dialect = self._request.patterns, self._request.dialect
        while _is_ahead(group := self._feeds.group(feeds, patterns, dialect), starts):
            if time.monotonic() >= give_up:
                break
            self._feeds.flushed.wait(0.05)
        return group

    def _body(self, group: Group, starts: Mapping[str, Start]) -> bytes | None:
        """Hello, then what each source begins with, then the rest from memory."""
        after = self._request.after
        begins = {s: after.get(s) if x.reason == "ok" else x.at for s, x in starts.items()}
        position = Position(
            self._request.sources, self._request.patterns, {s: at for s, at in begins.items() if at}
        )
        began = position.cursor
        way = _way(position, group, starts)
        if way is None:
            return None
        verdicts = {f.source: self._verdict(f, starts[f.source], position) for f in group.feeds}
        has_state = any(start.state is not None for start in starts.values())
        return control.hello(began, verdicts, state_follows=has_state) + way

    def _verdict(self, feed: SourceFeed, start: Start, position: Position) -> Json:
        after, to = self._request.after.get(feed.source), position.reached.get(feed.source)
        return {
            "resumed": start.reason == "ok",
            "reason": start.reason,
            "from": str(after) if after else None,
            "to": str(to) if to else None,
            "channels": sorted(name for name in feed.channels if not is_personal(name)),
        }


def current(feeds: Feeds, group: Group) -> bytes:
    """Return the state at the group's position, for readers who are too far behind for the way.

    It is right until somebody else has a turn, and has no hello.

    Raises:
        StoreUnavailable: The log did not answer in time.
    """
    give_up = time.monotonic() + CATCH_UP_WITHIN_S
    patterns = group.position.patterns
    while time.monotonic() < give_up:
        starts = {f.source: from_state(feeds.states, f, patterns, "trimmed") for f in group.feeds}
        while _is_ahead(group, starts) and time.monotonic() < give_up:
            feeds.flushed.wait(0.05)
        at = {source: start.at for source, start in starts.items() if start.at}
        way = _way(Position(group.position.sources, patterns, at), group, starts)
        if way is not None:
            return way
    raise StoreUnavailable(f"log: no state within {CATCH_UP_WITHIN_S} s")


def _is_ahead(group: Group, starts: Mapping[str, Start]) -> bool:
    """Tell whether the log was read further than the group was sent."""
    reached = group.position.reached
    return any(
        start.at is not None and source in reached and start.at.seq > reached[source].seq
        for source, start in starts.items()
    )


def _way(position: Position, group: Group, starts: Mapping[str, Start]) -> bytes | None:
    """Return what brings a reader from a position to its group's, None if memory lacks some."""
    states = {source: start.state for source, start in starts.items() if start.state is not None}
    dialect = group.dialect
    parts = [dialect.states(states, position.cursor)]
    parts += [dialect.missed(position, source, start.events) for source, start in starts.items()]
    for feed in group.feeds:
        rest = _rest(feed, group, position)
        if rest is None:
            return None
        parts.append(dialect.missed(position, feed.source, rest))
    return b"".join(parts) if position.reached == group.position.reached else None


def _rest(feed: SourceFeed, group: Group, position: Position) -> list[Event] | None:
    """The events between what was read and what the group was sent."""
    at: Cursor | None = position.reached.get(feed.source)
    goal = group.position.reached.get(feed.source)
    if at is None or goal is None:
        return [] if at is goal else None
    found = feed.after(at) if at.seq <= goal.seq else None
    return None if found is None else [event for event in found if event.seq <= goal.seq]

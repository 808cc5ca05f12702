"""One source within the hub: its newest events, in order and without holes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Literal

from gevent.event import Event as Signal

from pitlive.messages import Cursor, Event

KEEP_EVENTS = 10_000
"""Events kept in memory: whoever was away for less resumes without a word to the log."""

KEEP_BYTES = 8 * 2**20
"""The same in bytes of messages."""


Lost = Literal["epoch", "forked"]


class SourceFeed:
    """What a worker knows of a source.

    Attributes:
        cursor: How far the hub has heard, None while there is no such source.
        is_deleted: Whether there is none any more because it was deleted.
        known: False until the log was asked for the first time.
        used_at: When somebody last asked for it [monotonic s].
        subscribed: Set while announcements are sure to arrive.
        channels: The names of all its channels.
        lost: Called when the log is not the one that readers know: another epoch, or past.
        derived: What dialects have made of it, by their names; it goes with the past it is of.
    """

    def __init__(self, source: str, lost: Callable[[SourceFeed, Lost], None]) -> None:
        self.source = source
        self.lost = lost
        self.cursor: Cursor | None = None
        self.is_deleted = False
        self.known = False
        self.used_at = 0.0
        self.subscribed = Signal()
        self.channels: set[str] = set()
        self.derived: dict[str, Any] = {}
        self._events: deque[Event] = deque()
        self._before = Cursor("", 0)
        """Where a reader is who lacks all of them."""
        self._bytes = 0

    def extend(self, events: Sequence[Event]) -> None:
        """Append events; the first one follows the cursor."""
        if not events or self.cursor is None:
            return
        self.cursor = self.cursor.at(events[-1])
        self._events.extend(events)
        self.channels.update(event.channel for event in events)
        self._bytes += sum(len(event.message) for event in events)
        while len(self._events) > KEEP_EVENTS or self._bytes > KEEP_BYTES:
            oldest = self._events.popleft()
            self._bytes -= len(oldest.message)
            self._before = self.cursor.at(oldest)

    def remember(self, events: Sequence[Event]) -> None:
        """Fill an empty memory with the newest events, the last of which is at the cursor."""
        if self._events or self.cursor is None or not events:
            return
        if self.cursor == self.cursor.at(events[-1]):
            self._before = self.cursor.at(events[0])
            self._events.extend(events[1:])
            self._bytes = sum(len(event.message) for event in self._events)

    def after(self, at: Cursor) -> list[Event] | None:
        """Return the events after a cursor; None if not all are in memory, or its past is another.

        >>> feed = SourceFeed("a", print)
        >>> feed.begin_at(Cursor("k3f9", 4))
        >>> feed.extend([Event(5, "x", b"", "a1"), Event(6, "x", b"", "b2")])
        >>> [event.seq for event in feed.after(Cursor("k3f9", 5, "a1"))]
        [6]
        >>> feed.after(Cursor("k3f9", 3, "c3")), feed.after(Cursor("k3f9", 5, "d4"))
        (None, None)
        """
        if self.cursor is None or not self._before.seq <= at.seq <= self.cursor.seq:
            return None
        had = at.seq - self._before.seq
        known = self._before.at(self._events[had - 1]) if had else self._before
        return list(islice(self._events, had, None)) if at == known else None

    def begin_at(self, cursor: Cursor | None) -> None:
        """Go on from a cursor that does not follow: readers must come back and be told."""
        changed = self.known and self.cursor != cursor
        before, self.cursor, self.known = self.cursor, cursor, True
        if changed or not self._events:
            self._events.clear()
            self._bytes = 0
            self._before = cursor or Cursor("", 0)
        if changed:
            forked = before is not None and cursor is not None and before.epoch == cursor.epoch
            self.lost(self, "forked" if forked else "epoch")

"""One source within the hub: its newest events, in order and without holes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from gevent.event import Event as Signal

from pitlive.messages import Cursor, Event

KEEP_EVENTS = 10_000
"""Events kept in memory: whoever was away for less resumes without a word to Redis."""

KEEP_BYTES = 8 * 2**20
"""The same in bytes of messages."""


class Feed:
    """What a worker knows of a source.

    Attributes:
        cursor: How far the hub has heard, None while there is no such source.
        is_deleted: Whether there is none any more because it was deleted.
        known: False until Redis was asked for the first time.
        used_at: When somebody last asked for it [monotonic s].
        subscribed: Set while announcements are sure to arrive.
        channels: The names of all its channels.
        lost: Told when the log is not the one that readers know.
    """

    def __init__(self, source: str, lost: Callable[[Feed], None]) -> None:
        self.source = source
        self.lost = lost
        self.cursor: Cursor | None = None
        self.is_deleted = False
        self.known = False
        self.used_at = 0.0
        self.subscribed = Signal()
        self.channels: set[str] = set()
        self._events: deque[Event] = deque()
        self._bytes = 0

    def take(self, events: Sequence[Event]) -> None:
        """Append events; the first one follows the cursor."""
        if not events or self.cursor is None:
            return
        self.cursor = Cursor(self.cursor.epoch, events[-1].seq)
        self._events.extend(events)
        self.channels.update(event.channel for event in events)
        self._bytes += sum(len(event.message) for event in events)
        while len(self._events) > KEEP_EVENTS or self._bytes > KEEP_BYTES:
            self._bytes -= len(self._events.popleft().message)

    def remember(self, events: Sequence[Event]) -> None:
        """Fill an empty memory with the newest events, the last of which is at the cursor."""
        if not self._events and self.cursor and events and events[-1].seq == self.cursor.seq:
            self._events.extend(events)
            self._bytes = sum(len(event.message) for event in events)

    def after(self, seq: int) -> list[Event] | None:
        """Return the events after a seq, None if they are not all in memory.

        >>> feed = Feed("a", print)
        >>> feed.begin_at(Cursor("k3f9", 4))
        >>> feed.take([Event(5, "x", b""), Event(6, "x", b"")])
        >>> [event.seq for event in feed.after(5)], feed.after(3)
        ([6], None)
        """
        if self.cursor is None or not self.cursor.seq - len(self._events) <= seq <= self.cursor.seq:
            return None
        missing = self.cursor.seq - seq
        return list(islice(self._events, len(self._events) - missing, None))

    def begin_at(self, cursor: Cursor | None) -> None:
        """Go on from a cursor that does not follow: readers must come back and be told."""
        changed = self.known and self.cursor != cursor
        self.cursor, self.known = cursor, True
        if changed:
            self._events.clear()
            self._bytes = 0
            self.lost(self)

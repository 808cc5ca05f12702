"""One open stream as the hub sees it: what it asked for, and what waits to be written.

A queue of events and a bound in bytes: whoever does not read is closed, which is cheap,
because it comes back with its cursor and is given exactly what it missed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from gevent.event import Event as Signal

from pitlive.messages import Cursor, Event
from pitlive.store.channel import matches

NOWHERE = Cursor("0", 0)
"""Where a reader is in a source that does not exist yet: every id has a part for each source."""


class Reader:
    """A reader of some channels of one or several sources."""

    def __init__(self, sources: Sequence[str], patterns: Sequence[str], backlog: int) -> None:
        self.sources = list(sources)
        self.patterns = list(patterns)
        self.reached: dict[str, Cursor] = {}
        self.closing = ""
        self._backlog = backlog
        self._waiting: deque[tuple[str, Event]] = deque()
        self._bytes = 0
        self._signal = Signal()
        self._wanted: dict[str, bool] = {}

    @property
    def cursor(self) -> str:
        """The id of the newest event written: one part a source, in the order asked."""
        return "_".join(str(self.reached.get(s, NOWHERE)) for s in self.sources)

    @property
    def is_waiting(self) -> bool:
        """Whether events wait to be written."""
        return bool(self._waiting)

    def wants(self, channel: str) -> bool:
        """Tell whether the reader asked for a channel."""
        if channel not in self._wanted:
            self._wanted[channel] = matches(channel, self.patterns)
        return self._wanted[channel]

    def offer(self, source: str, event: Event) -> None:
        """Queue an event; a reader that is too far behind is closed instead."""
        if self.closing or not self.wants(event.channel):
            return
        self._bytes += len(event.message)
        self._waiting.append((source, event))
        if self._bytes > self._backlog:
            self.close("slow")
        self._signal.set()

    def take(self, within_s: float) -> list[tuple[str, Event]]:
        """Return everything that waits, as soon as there is something, in order."""
        if not self._waiting and not self.closing:
            self._signal.wait(within_s)
        self._signal.clear()
        taken = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return taken

    def close(self, reason: str) -> None:
        """Ask the stream to say goodbye; what waits is dropped, the cursor says where."""
        self.closing = self.closing or reason
        self._waiting.clear()
        self._signal.set()

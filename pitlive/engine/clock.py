"""When time alone is worth an entry: ticks, for sources that are live.

Pure. A fold never asks what time it is; it says when its rows will change though nothing
happens, and if that moment passes in silence the engine enters a tick. Decision 008.
"""

from __future__ import annotations

from pitlive.messages import Entry

LIVE_MS = 60_000
"""An entry that is heard within this of its event time is live; an archive is far older."""

BETWEEN_MS = 1000
"""The least time between two ticks."""


class EventClock:
    """The event time of a source, and whether it goes on by itself.

    >>> clock = EventClock()
    >>> clock.hear(at_ms=900_000, seen_ms=900_050)
    >>> clock.tick(due_ms=960_000, wall_ms=959_000)
    >>> clock.tick(due_ms=960_000, wall_ms=960_250).at_ms
    960250
    """

    def __init__(self) -> None:
        self.now_ms = 0
        self._is_live = self._has_been_live = False
        self._ticked_ms = 0

    def hear(self, at_ms: int, seen_ms: int, now_ms: int | None = None) -> None:
        """Go on to the newest of the entries that came, or back if the fold has gone back.

        Args:
            at_ms: When it happened [ms].
            seen_ms: When we heard of it [ms since 1970].
            now_ms: What time it is in the fold [ms], if the fold knows: what was taken back
                is nothing to go by.
        """
        before_ms, self.now_ms = self.now_ms, max(self.now_ms, at_ms) if now_ms is None else now_ms
        if self.now_ms < before_ms:
            self._is_live = self._has_been_live
        elif at_ms >= before_ms:
            self._is_live = abs(seen_ms - self.now_ms) <= LIVE_MS
            self._has_been_live |= self._is_live

    def tick(self, due_ms: int | None, wall_ms: int) -> Entry | None:
        """Return the tick to enter now, if there is need of one.

        Args:
            due_ms: The event time at which rows change by time alone, None if none do.
            wall_ms: What time it is [ms since 1970].
        """
        if not self._is_live or due_ms is None or wall_ms < due_ms:
            return None
        if wall_ms < self._ticked_ms + BETWEEN_MS:
            return None
        self._ticked_ms = wall_ms
        return Entry(f"tick/{wall_ms}", "tick", wall_ms, {})

    def due_in_ms(self, due_ms: int | None, wall_ms: int) -> int | None:
        """Return in how long there may be need of a tick [ms], None if there is none to come.

        Args:
            due_ms: As for `tick`.
            wall_ms: As for `tick`.
        """
        if not self._is_live or due_ms is None:
            return None
        return max(0, max(due_ms, self._ticked_ms + BETWEEN_MS) - wall_ms)

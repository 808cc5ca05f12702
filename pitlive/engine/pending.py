"""Rows that have changed and are not published yet, and when each channel's are due.

Pure: what time it is, the follower says. A channel without a patience of its own is due at
once, which is as soon as the source publishes at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pitlive.engine.mirror import ChannelRows
from pitlive.messages import Json, Row

LATEST = 5
"""Times the quiet that a change is held back at most, where nothing else is declared."""


class HoldPolicy(NamedTuple):
    """How long changes of a channel are held back.

    Attributes:
        quiet_ms: Until nothing has changed for so long [ms]; None: that is not waited for.
        latest_ms: At most so long after the first [ms].
    """

    quiet_ms: int | None
    latest_ms: int

    def due_ms(self, first_ms: float, last_ms: float) -> float:
        """Return when changes are due of which the first and the last came then.

        >>> patience = HoldPolicy(quiet_ms=200, latest_ms=1000)
        >>> patience.due_ms(5000, 5300), patience.due_ms(5000, 5900)
        (5500, 6000)
        """
        latest = first_ms + self.latest_ms
        return latest if self.quiet_ms is None else min(latest, last_ms + self.quiet_ms)


def patience(spec: Mapping[str, Json]) -> dict[str, HoldPolicy]:
    """Return the channels of a declaration that have a patience of their own.

    >>> patience({"stats": [{"name": "votes", "quiet_ms": 200}, {"name": "turnout"}]})
    {'votes': HoldPolicy(quiet_ms=200, latest_ms=1000)}
    """
    found = {}
    for stat in spec.get("stats", ()):
        quiet, latest = stat.get("quiet_ms"), stat.get("latest_ms")
        if latest is not None or quiet is not None:
            found[stat["name"]] = HoldPolicy(quiet, LATEST * quiet if latest is None else latest)
    return found


class Pending:
    """The newest of every row that has changed since it was published.

    >>> pending = Pending({"votes": HoldPolicy(200, 1000)})
    >>> pending.hold({"votes": {"": 1}, "turnout": {"": 2}}, now_ms=5000)
    >>> pending.drain(now_ms=5100), pending.due_ms, pending.drain(now_ms=5200)
    ({'turnout': {'': 2}}, 5200, {'votes': {'': 1}})
    """

    def __init__(self, patience: Mapping[str, HoldPolicy]) -> None:
        self._patience = patience
        self._rows: dict[str, dict[str, Row | None]] = {}
        self._first: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def hold(self, rows: ChannelRows, now_ms: float, since_ms: float | None = None) -> None:
        """Keep rows until their channels are due.

        Args:
            now_ms: When the last of what changed them came.
            since_ms: When the first of it came, if that was earlier.
        """
        since_ms = now_ms if since_ms is None else since_ms
        for channel, changed in rows.items():
            self._rows.setdefault(channel, {}).update(changed)
            first_ms = self._first.setdefault(channel, since_ms)
            patience = self._patience.get(channel)
            self._due[channel] = patience.due_ms(first_ms, now_ms) if patience else first_ms

    @property
    def due_ms(self) -> float | None:
        """When the first of the channels is due, None if nothing is held."""
        return min(self._due.values(), default=None)

    def drain(self, now_ms: float) -> dict[str, dict[str, Row | None]]:
        """Return the rows of the channels that are due, which are held no longer."""
        due = [channel for channel, due_ms in self._due.items() if due_ms <= now_ms]
        for channel in due:
            del self._first[channel], self._due[channel]
        return {channel: self._rows.pop(channel) for channel in due}

"""What a hub needs of its surroundings, and the values that pass between them.

A log with events after a cursor, announcements of what is new, the state of channels, and who
may come in. Each is crossed once a batch or an announcement, never once a reader. Of everything
that is behind them the hub knows nothing more: `pitlive.hub.redis_log` is one such log, ready
to be used; PitLive's own is `pitlive.web.hub_ports`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from pitlive.errors import DamagedSource
from pitlive.messages import Cursor, Event

LONGEST_ANNOUNCEMENT = 512 * 1024
"""Bytes; of a longer one a log in Redis says the numbers alone, and hubs read it from the log, so
that the output buffer of pub/sub (8 MB for a minute) never cuts a hub that is merely busy."""

AIM_BYTES = 2**20
"""What one call to a log in Redis reads of messages: a millisecond of what does one thing at a
time."""

Reason = Literal["fresh", "ok", "trimmed", "epoch", "forked", "unknown", "future", "deleted"]
"""What becomes of a reader's cursor: `ok` goes on from it, all others begin with the state.

`fresh`: it named none. `unknown`: it is no cursor, or there is no such source. `trimmed`: the
log no longer reaches back to it. `epoch`, `forked`: it is of another life of the log, or of
another past. `future`: the log has not come so far. `deleted`: the source was deleted.
"""


class Overrun(Exception):
    """A reader is further behind than what is in memory reaches."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a hub takes on, and when it gives up on a reader.

    Attributes:
        heartbeat_s: Mean time between heartbeats of a stream [s].
        lifetime_s: Longest life of a stream [s]; 80 to 100 % of it, by chance.
        drain_s: Time over which a stopping worker ends its streams [s].
        stall_s: Time without taking anything before a reader is closed [s].
        backlog_bytes: What may wait for one reader before it is given the state instead.
        max_streams: Streams of a worker; beyond it a reader is asked to come back.
        flush_ms: Shortest time between two writes to the same reader [ms].
    """

    heartbeat_s: float = 15.0
    lifetime_s: float = 3600.0
    drain_s: float = 5.0
    stall_s: float = 8.0
    backlog_bytes: int = 4 * 2**20
    max_streams: int = 5000
    flush_ms: float = 5.0


class Replay(NamedTuple):
    """Whether a reader can go on from its cursor, and the first events it missed.

    Attributes:
        top: The newest cursor; its epoch is empty where there is no such source.
        events: Those after the cursor, in order and without a hole; none unless `reason` is `ok`.
    """

    reason: Reason
    top: Cursor
    events: list[Event]


class State(Protocol):
    """Channels of a source as they were at one cursor."""

    @property
    def cursor(self) -> Cursor:
        """The last event that is in it."""
        ...

    @property
    def size(self) -> int:
        """How many parts it has that take time to be encoded: rows, or messages."""
        ...

    def encode(self) -> bytes:
        """Return the JSON text of an object, channel → its value."""
        ...

    def encoded(self, pause: Callable[[], None]) -> State:
        """Return the same with its text kept, having called `pause` now and then meanwhile."""
        ...


class Announcement(NamedTuple):
    """What is new in a source.

    Attributes:
        after: The event before the first.
        last: The last one; the same as `after` where the source was deleted.
        at_us: When it was announced [us since 1970].
        events: All of them; none where they are too long and have to be read from the log.
    """

    source: str
    after: Cursor
    last: Cursor
    at_us: int
    events: list[Event]


class Subscribed(NamedTuple):
    """Whatever is announced of a source from now on is heard."""

    source: str


class Answered(NamedTuple):
    """Whatever was announced before a `probe` has been heard."""


Heard = Announcement | Subscribed | Answered


class Announcements(Protocol):
    """One connection on which the log says what is new; it may lose some, and says its numbers.

    Every method raises `StoreUnavailable` where the connection is lost.
    """

    def subscribe(self, sources: Sequence[str]) -> None:
        """Ask for the announcements of sources; each is confirmed by `Subscribed`.

        After a connection was made anew, by whomever, each is confirmed once more.
        """
        ...

    def unsubscribe(self, source: str) -> None:
        """Hear no more of a source."""
        ...

    def probe(self) -> None:
        """Ask for an `Answered`, in order with what is announced."""
        ...

    def hear(self, timeout_s: float) -> Heard | None:
        """Return what is heard next, None if that is nothing within so many seconds, or noise."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class Log(Protocol):
    """The truth: what was published of each source, in order.

    Methods wait, and may give way to other greenlets meanwhile. All raise `StoreUnavailable`
    where the log cannot be read now, `DamagedSource` where what it has of a source is broken.
    """

    def resume(self, source: str, after: Cursor, limit: int) -> Replay:
        """Return whether a reader at a cursor can go on, and up to `limit` events it missed.

        Both are of one moment. At least one event if there are any and it can.
        """
        ...

    def events(self, source: str, after: int, limit: int) -> list[Event]:
        """Return up to `limit` events after a sequence number, as far as they are still there."""
        ...

    def top(self, source: str) -> Cursor | None:
        """Return the newest cursor of a source, None where there is no such source."""
        ...

    def tops(self, sources: Sequence[str]) -> Mapping[str, Cursor | DamagedSource | None]:
        """Return the same of many sources, of each that is damaged what is wrong."""
        ...

    def channels(self, source: str) -> Sequence[str]:
        """Return the names of a source's channels, but those for one user alone."""
        ...

    def is_deleted(self, source: str) -> bool:
        """Tell whether a source that there is not was deleted."""
        ...

    def state(self, source: str, patterns: Sequence[str]) -> State:
        """Return the channels that match any of the patterns (`messages.matches`)."""
        ...

    def listen(self) -> Announcements:
        """Return a connection of its own, not subscribed to anything yet."""
        ...


class Gate(Protocol):
    """Who may come in, as far as that is known before the web framework has looked."""

    def comes_in(self, address: str) -> bool:
        """Tell whether an address may connect at all; else the connection is closed."""
        ...

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request for a stream is sure to be let in; never waits.

        Where it is not sure the framework decides, with all its hooks.

        Args:
            headers: By name in lower case.
        """
        ...


class FrameworkDecides:
    """Every request goes to the framework: for applications whose hooks know who may read."""

    def comes_in(self, address: str) -> bool:  # noqa: ARG002  # whoever it is
        """Let everybody connect."""
        return True

    def admits(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002  # whatever they say
        """Be sure of nobody."""
        return False


class Everybody(FrameworkDecides):
    """Whoever asks for a stream may have it: those who come back in a crowd cost the least."""

    def admits(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002  # whatever they say
        """Be sure of everybody."""
        return True

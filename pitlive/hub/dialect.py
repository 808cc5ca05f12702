"""How a stream is worded: the state, what a reader missed, and what is new.

This is a port as well: an application may bring a dialect of its own, and gives it with the
request of a reader (`StreamRequest.dialect`). Everything else is the same whatever the dialect:
groups, cursors, heartbeats and ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from pitlive.hub import control
from pitlive.hub.ports import State
from pitlive.hub.position import Position
from pitlive.messages import Event


class Dialect(Protocol):
    """One way to put the same.

    An id stands for all that comes before it, so none may be sent earlier. What it returns is
    whole events as they stand on the wire (`hub.sse`), to be sent to many readers: it is called
    once a group, or once for all readers who come from the same place.

    Each method may raise `Overrun` where it lacks what it would have to say: the readers of the
    group then come back.
    """

    @property
    def name(self) -> object:
        """What keeps its readers apart from those of another; hashable."""
        ...

    def states(self, states: Mapping[str, State], cursor: str) -> bytes:
        """Put the states of sources, for a reader who does not resume there."""
        ...

    def missed(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Move a reader's position over events, and put what brings that reader over them."""
        ...

    def news(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Move a group's position over events, and put what brings all of it over them."""
        ...


class Native:
    """A snapshot, then each change as it was published."""

    name = None

    def states(self, states: Mapping[str, State], cursor: str) -> bytes:
        """Put the states, one event a source."""
        return control.snapshots(states, cursor)

    def missed(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Put each event that is wanted."""
        return position.messages(source, events)

    news = missed


NATIVE = Native()

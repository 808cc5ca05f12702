"""How a stream puts what it says: the state, what a reader missed, and what is new.

Everything else is the same whatever the dialect: groups, cursors, heartbeats and ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from pitlive.hub import control
from pitlive.hub.position import Position
from pitlive.messages import Event
from pitlive.store.channel import Snapshot


class Dialect(Protocol):
    """One way to tell the same.

    An id stands for all that comes before it, so none may be told earlier.
    """

    @property
    def name(self) -> object:
        """What tells its readers from those of another; hashable."""
        ...

    def states(self, states: Mapping[str, Snapshot], cursor: str) -> bytes:
        """Say the states of sources, for a reader who does not resume there."""
        ...

    def missed(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Go over events, and say what brings one reader over them."""
        ...

    def news(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Go over events, and say what brings a whole group over them."""
        ...


class Native:
    """A snapshot, then each change as a patch."""

    name = None

    def states(self, states: Mapping[str, Snapshot], cursor: str) -> bytes:
        """Say the states, one event a source."""
        return control.snapshots(states, cursor)

    def missed(self, position: Position, source: str, events: Iterable[Event]) -> bytes:
        """Say each event that is wanted."""
        return position.messages(source, events)

    news = missed


NATIVE = Native()

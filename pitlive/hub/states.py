"""States that a crowd shares: who joins at about the same time is given the same one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import gevent
from gevent.lock import BoundedSemaphore

from pitlive.hub.feed import SourceFeed
from pitlive.hub.ports import Log, State

SHARED_FOR_S = 1.0
"""How long a state that was read serves others: a crowd that arrives reads the log once. One that
took longer to be read serves as long as that took."""

LARGE = 10_000
"""Parts of a state that is encoded a bit at a time, while others have their turn."""


StateKey = tuple[str, tuple[str, ...]]
"""A source and channel patterns."""


class States:
    """The states read lately, each continued by what its feed holds in memory."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._read: dict[StateKey, tuple[float, State]] = {}
        self._turns: dict[StateKey, BoundedSemaphore] = {}

    def known(self, feed: SourceFeed, patterns: Sequence[str]) -> State | None:
        """Return a state that was read not long ago and can be continued."""
        until, state = self._read.get((feed.source, tuple(patterns)), (0.0, None))
        if state is None or feed.cursor is None or time.monotonic() > until:
            return None
        return state if feed.after(state.cursor) is not None else None

    def read(self, feed: SourceFeed, patterns: Sequence[str]) -> State:
        """Return the state of some channels, from the log unless it is known."""
        name = feed.source, tuple(patterns)
        with self._turns.setdefault(name, BoundedSemaphore()):  # one of a crowd reads, all have it
            if (state := self.known(feed, patterns)) is None:
                began = time.monotonic()
                state = _encoded(self._log.state(feed.source, patterns))
                now = time.monotonic()
                self._read[name] = now + max(SHARED_FOR_S, now - began), state
            return state

    def forget_old(self) -> None:
        """Drop what serves nobody any more."""
        now = time.monotonic()
        self._read = {name: one for name, one in self._read.items() if one[0] >= now}
        self._turns = {name: turn for name, turn in self._turns.items() if turn.locked()}


def _encoded(state: State) -> State:
    """Encode a large state now, for who begins with it must not wait or give way."""
    return state.encoded(partial(gevent.sleep, 0)) if state.size > LARGE else state

"""States that a crowd shares: who joins at about the same time is given the same one."""

from __future__ import annotations

import time
from collections.abc import Sequence

from gevent.lock import BoundedSemaphore

from pitlive.store import channel
from pitlive.store.client import Redis
from pitlive.web.streams.feed import Feed

SHARED_FOR_S = 1.0
"""How long a state that was read serves others: a crowd that arrives reads Redis once."""


Name = tuple[str, tuple[str, ...]]
"""A source and channel patterns."""


class States:
    """The states read lately, each continued by what its feed holds in memory."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._read: dict[Name, tuple[float, channel.Snapshot]] = {}
        self._turns: dict[Name, BoundedSemaphore] = {}

    def known(self, feed: Feed, patterns: Sequence[str]) -> channel.Snapshot | None:
        """Return a state that was read less than a second ago and can be continued."""
        read_at, state = self._read.get((feed.source, tuple(patterns)), (0.0, None))
        if state is None or feed.cursor is None or time.monotonic() - read_at > SHARED_FOR_S:
            return None
        same = feed.cursor.epoch == state.cursor.epoch
        return state if same and feed.after(state.cursor.seq) is not None else None

    def read(self, feed: Feed, patterns: Sequence[str]) -> channel.Snapshot:
        """Return the state of some channels, from Redis unless it is known."""
        name = feed.source, tuple(patterns)
        with self._turns.setdefault(name, BoundedSemaphore()):  # one of a crowd reads, all have it
            if (state := self.known(feed, patterns)) is None:
                state = channel.snapshot(self._redis, feed.source, patterns)
                self._read[name] = time.monotonic(), state
            return state

    def forget_old(self) -> None:
        """Drop what serves nobody any more."""
        since = time.monotonic() - SHARED_FOR_S
        self._read = {name: one for name, one in self._read.items() if one[0] >= since}
        self._turns = {name: turn for name, turn in self._turns.items() if turn.locked()}

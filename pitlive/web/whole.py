"""Whole states for those who ask at about the same time: one reads, and all have the same.

A state of 2 million rows is a quarter of a gigabyte while it is read. Who asks while others
read waits for the next reading, which begins after it asked: so it has all that was published
before. Where that fails all who share it are told so: in turn, each would wait as long as the
one before for a Redis that does not answer. What is kept of a large state is its text alone, a
quarter of that, for as long as it is sent to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gevent.lock import BoundedSemaphore

from pitlive.errors import PitLiveError
from pitlive.hub import states
from pitlive.store.snapshot import Snapshot
from pitlive.web.offload import breathe

Read = Callable[[str, Sequence[str]], Snapshot]
"""Returns the state of some channels of a source."""


class SharedRead:
    """Those who ask for the same state, one of whom reads it.

    Attributes:
        begun: How many readings were begun.
        waiting: How many want one.
        read: What the last one came to; None where it was cut off.
    """

    def __init__(self) -> None:
        self.begun = self.waiting = 0
        self.lock = BoundedSemaphore()
        self.read: Snapshot | PitLiveError | None = None


class Whole:
    """Reads states."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._turns: dict[tuple[str, ...], SharedRead] = {}

    def state(self, source: str, patterns: Sequence[str]) -> Snapshot:
        """Return a state as it is now or later; a large one has its text alone.

        Raises:
            PitLiveError: As what reads it does.
        """
        name = source, *patterns
        turn = self._turns.setdefault(name, SharedRead())
        before = turn.begun
        turn.waiting += 1
        try:
            with turn.lock:
                if turn.begun == before or turn.read is None:
                    turn.begun += 1
                    turn.read = None
                    turn.read = self._outcome(source, patterns)
                found = turn.read
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[name]
        if isinstance(found, PitLiveError):
            raise found
        return found

    def _outcome(self, source: str, patterns: Sequence[str]) -> Snapshot | PitLiveError:
        try:
            return _slim(self._read(source, patterns))
        except PitLiveError as error:
            return error


def _slim(state: Snapshot) -> Snapshot:
    """Of a large state keep the text alone, put together while others have their turn."""
    return replace(state.encoded(breathe), channels={}) if state.size > states.LARGE else state

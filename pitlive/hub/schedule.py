"""When each reader's next heartbeat is due, and when its life is over: never all at once."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from itertools import count

from pitlive.hub.connection import Connection
from pitlive.hub.ports import Limits

JITTER = 0.2


class Schedule:
    """Connections in the order in which something is due; who is gone is skipped by the caller."""

    def __init__(self, limits: Limits) -> None:
        self._heartbeat_s = limits.heartbeat_s
        self._lifetime_s = limits.lifetime_s
        self._due: list[tuple[float, int, Connection]] = []
        self._serial = count()

    def life(self) -> float:
        """Return how long a stream lives [s]: 80 to 100 % of the limit."""
        return self._lifetime_s * random.uniform(1 - JITTER, 1)

    def beat(self) -> float:
        """Return the time to the next heartbeat [s]: within 20 % of the limit."""
        return self._heartbeat_s * random.uniform(1 - JITTER, 1 + JITTER)

    def note(self, connection: Connection) -> None:
        """Come back to a connection when its heartbeat or its end is due."""
        at = min(connection.beats, connection.ends)
        heapq.heappush(self._due, (at, next(self._serial), connection))

    def due(self, now: float) -> Iterator[Connection]:
        """Take out whoever is due."""
        while self._due and self._due[0][0] <= now:
            yield heapq.heappop(self._due)[2]

"""When each reader's next heartbeat is due, and when its life is over: never all at once."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from itertools import count

from pitlive.hub.client import Client
from pitlive.settings import Settings

JITTER = 0.2


class Schedule:
    """Clients in the order in which something is due; who is gone is skipped by the caller."""

    def __init__(self, settings: Settings) -> None:
        self._heartbeat_s = settings.heartbeat_s
        self._lifetime_s = settings.stream_lifetime_s
        self._due: list[tuple[float, int, Client]] = []
        self._serial = count()

    def life(self) -> float:
        """Return how long a stream lives [s]: 80 to 100 % of the setting."""
        return self._lifetime_s * random.uniform(1 - JITTER, 1)

    def beat(self) -> float:
        """Return the time to the next heartbeat [s]: within 20 % of the setting."""
        return self._heartbeat_s * random.uniform(1 - JITTER, 1 + JITTER)

    def note(self, client: Client) -> None:
        """Come back to a client when its heartbeat or its end is due."""
        at = min(client.beats, client.ends)
        heapq.heappush(self._due, (at, next(self._serial), client))

    def due(self, now: float) -> Iterator[Client]:
        """Take out whoever is due."""
        while self._due and self._due[0][0] <= now:
            yield heapq.heappop(self._due)[2]

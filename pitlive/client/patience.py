"""How long to stay away from a server before the next connection."""

from __future__ import annotations

import random

RETRY_S = 3.0
"""Until the server says otherwise."""

LONGEST_S = 30.0
"""Once the server is back, nobody waits longer than this to find out."""


class ReconnectPolicy:
    """The server's `retry:` after a stream that spoke; after silence, back-off with full jitter.

    The server gives each reader a time of its own. Who could not ask it must make up one, and
    from a range so wide that those who lost the same server do not come back together.
    """

    def __init__(self) -> None:
        self.retry_s = RETRY_S
        self._silent = 1
        self._least_s = 0.0

    def heard(self, retry_ms: int | None = None) -> None:
        """Note that the server speaks, and how long it wants us to stay away, if it says so."""
        self._silent = 0
        if retry_ms is not None:
            self.retry_s = max(0, retry_ms) / 1000

    def refused(self, retry_after: str) -> None:
        """Note an answer that means "not now", and its `Retry-After` in seconds."""
        self._least_s = min(float(retry_after), LONGEST_S) if retry_after.isdecimal() else 0.0

    def wait_s(self) -> float:
        """Return how long to wait now; longer the more often nothing was heard."""
        silent, least_s = self._silent, self._least_s
        self._silent, self._least_s = silent + 1, 0.0
        if not silent:
            return self.retry_s
        return least_s + random.uniform(0, min(LONGEST_S, self.retry_s * 2.0 ** min(silent, 16)))

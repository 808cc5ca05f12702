"""Garbage collection, spared what folds hold: they may know a million uids."""

from __future__ import annotations

import gc
import time

SPARE_S = 5.0
"""The least time between two looks for garbage among all that followers hold."""


class Garbage:
    """Has the collector look once at what followers hold, and then no more.

    Nothing of a fold is in a cycle, so it is freed all the same. What is garbage is collected
    first, else it would stay for good, and with it all that a broken follower held. Not for each
    follower: a thousand that begin would spend their time in it.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._spared_at = 0.0

    def spare(self, begun: int) -> None:
        """Spare what there is now, if there is more of it and the last time was a while ago.

        Args:
            begun: How many followers have begun.
        """
        if begun == self._seen or time.monotonic() - self._spared_at < SPARE_S:
            return
        self._seen = begun
        self._spared_at = time.monotonic()
        gc.collect()
        gc.freeze()

"""Cursors: what a live reader adds to its URL, so that caches keep readers together, yet move on.

A cursor is the number of an interval of time. A reader that comes with that of now, or a later
one, is given one still later, or it would ask a cache for what it has already been answered.
"""

from __future__ import annotations

import random
import time

INTERVAL_S = 20
EPOCH_S = 1_728_432_000
"""Midnight before 9 October 2024 in Greenwich, where the protocol counts from."""

MOST_JITTER_S = 3600


def next_cursor(given: str, now_s: float | None = None) -> str:
    """Return the cursor for an answer.

    Args:
        given: That of the request, empty if it had none.
        now_s: What time it is [s since 1970].

    >>> next_cursor("", EPOCH_S + 60), next_cursor("2", EPOCH_S + 60)
    ('3', '3')
    >>> int(next_cursor("3", EPOCH_S + 60)) > 3
    True
    """
    now = int(((time.time() if now_s is None else now_s) - EPOCH_S) // INTERVAL_S)
    before = int(given) if given.isascii() and given.isdigit() and len(given) <= 15 else -1
    if before < now:
        return str(now)
    return str(before + random.randint(1, MOST_JITTER_S // INTERVAL_S))

"""History in parts: what a race is held against is learnt from the other parts.

Races of one series stand one after the other in what is learnt from, and every season goes
round the same tracks. A part that were a run of races would be a series, and judged by what
others teach; every fourth race may be the same track each season. So races are dealt out
track by track: each part has its share of every series, and a track is in several.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Ints


def dealt(races: Sequence[Sequence[str]], parts: int) -> Ints:
    """Return which part each race belongs to, from 0, shape (n,).

    Args:
        races: Keys of each race as `levels` gives them; of each series the oldest first.
        parts: How many there are.

    >>> spa, monza = (["f1/road/Spa", "f1/road", "f1"], ["f1/road/Monza", "f1/road", "f1"])
    >>> dealt([spa, monza, spa, monza], 2).tolist()
    [0, 0, 1, 1]
    """
    order = sorted(range(len(races)), key=lambda n: (races[n][2], races[n][0]))
    part = np.empty(len(races), np.int64)
    part[order] = np.arange(len(races)) % parts
    return part

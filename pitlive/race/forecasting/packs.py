"""How near cars cross the line to each other: clumped, or strung out."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats
from pitlive.race.forecasting.view import View

CLOSE_MS = 300
"""Time to the crossing before, below which two cars run nose to tail."""

PACK = 3
"""Cars nose to tail that make a pack."""


def shares(view: View) -> Floats:
    """Return the share of the crossings of each leader lap that were close to the one before.

    Returns:
        Shape (lap + 1,); NaN for laps with a single crossing, and for lap 0.
    """
    at = np.sort(view.at[view.at >= 0])
    laps = np.searchsorted(view.lead_at, at)  # a crossing is of the lap that the leader is on
    there = (laps > 0) & (laps <= view.lap)
    there[:1] = False  # nobody crossed before the first
    close = np.diff(at, prepend=at[:1]) < CLOSE_MS
    n = np.bincount(laps[there], minlength=view.lap + 1)
    hits = np.bincount(laps[there & close], minlength=view.lap + 1)
    return np.where(n > 1, hits / np.maximum(n, 1), np.nan)


def packs(view: View) -> tuple[int, int]:
    """Return how many packs crossed on the last leader lap, and the cars of the largest.

    Without a pack the largest has the cars of the longest chain: 1 if nobody was close.
    """
    begin, end = view.lead_at[max(view.lap - 1, 0)], view.lead_at[view.lap]
    at = np.sort(view.at[(view.at >= max(begin, 0)) & (view.at <= end)])
    breaks = np.flatnonzero(np.diff(at) >= CLOSE_MS)
    sizes = np.diff(np.concatenate(([-1], breaks, [len(at) - 1])))
    return int((sizes >= PACK).sum()), int(sizes.max(initial=0))

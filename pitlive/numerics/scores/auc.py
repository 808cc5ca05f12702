"""Area under the ROC curve: how well chances tell what came true from what did not."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats


def auc(chance: Floats, observed: Floats) -> float:
    """Return how often what came true was given a higher chance than what did not; ties half.

    Higher is better, 0.5 is no skill; it says nothing of calibration.

    Args:
        chance: Forecast chances, shape (n,).
        observed: 1 where it came true, 0 where not, NaN unknown, shape (n,).

    Returns:
        The area, NaN unless some came true and some did not.

    Source:
        Hanley and McNeil (1982); by ranks, as Mann and Whitney (1947).

    >>> auc(np.array([0.9, 0.1, 0.4, 0.4]), np.array([1.0, 0, 0, 1]))
    0.875
    """
    known = ~np.isnan(observed) & ~np.isnan(chance)
    chance, hit = chance[known], observed[known] > 0
    yes, no = int(hit.sum()), int((~hit).sum())
    if not yes or not no:
        return float("nan")
    ordered = np.sort(chance)
    low, high = (np.searchsorted(ordered, chance, side) for side in ("left", "right"))
    ranks = (low + high + 1) / 2
    return float((ranks[hit].sum() - yes * (yes + 1) / 2) / (yes * no))

"""How well drivers finish in a series, from history: what is known before the green flag."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import View

K = 6.0
"""Races of a driver that weigh as much as knowing nothing of him."""


FEWEST = 3
"""Races that a driver must have had: fewer say next to nothing."""


def finishes(past: View) -> dict[str, float]:
    """Return where each known driver finished, from −0.5 (won) to 0.5 (last).

    The key has the series: the best of one may be new in another.
    """
    share = past.standing / max(len(past.cars), 1) - 0.5
    return {key: float(at) for key, at in zip(driver_keys(past), share, strict=True) if key}


def fit(races: Sequence[Mapping[str, float]]) -> Prior:
    """Return the sum of finishes of each driver, and how many there were."""
    found: dict[str, Floats] = defaultdict(lambda: np.zeros(2))
    for race in races:
        for key, at in race.items():
            found[key] += (at, 1)
    return {key: of for key, of in found.items() if of[1] >= FEWEST}


def ratings(keys: Sequence[str], known: Prior, but: Mapping[str, float] | None = None) -> Floats:
    """Return how each driver is expected to finish, 0 unknown, shape (cars,).

    Args:
        keys: Drivers as `of` names them.
        known: What `fit` learnt.
        but: A race of it to leave out: a race must not be learnt from what it ended in.

    >>> known = fit([{"f1/HAM": -0.5}, {"f1/HAM": -0.4}, {"f1/HAM": -0.5}])
    >>> ratings(["f1/HAM", ""], known, {"f1/HAM": -0.4}).round(3).tolist()
    [-0.125, 0.0]
    """
    out = np.zeros(len(keys))
    for row, key in enumerate(keys):
        if key in known:
            total, n = known[key]
            if but is not None and key in but:
                total, n = total - but[key], n - 1
            out[row] = total / (n + K)
    return out


def driver_keys(view: View) -> list[str]:
    """Return the driver of each row as history knows him, empty where unknown."""
    return [f"{view.series}/{driver}" if driver else "" for driver in view.drivers]

"""How wide bands are here: series and tracks differ in it, and so do seasons.

A band that was learnt from many series holds what it says on the whole, and may be too wide
for one and too narrow for the next. So it is measured how wide it would have had to be in
the newest races of each, and it is stretched by that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import levels

HELD = 0.8
"""Share of what comes that the 80 % band is to hold."""

LOW, MIDDLE, HIGH = (int(np.argmin(abs(LEVELS - level))) for level in (0.1, 0.5, 0.9))

HALF = 12
"""Races of a series after which a race counts half: cars and tyres change with the years."""

STRENGTH = 3.0
"""Races that the next wider level counts for."""


def misses(observed: Floats, predicted: Floats) -> Floats:
    """Return how far what came was from the middle, the bound of the 80 % band being at 1.

    Args:
        observed: What came, shape (n,).
        predicted: Quantiles at `LEVELS`, shape (n, 19).

    >>> misses(np.array([2.0, -3.0]), np.tile(np.linspace(-9, 9, 19), (2, 1)))
    array([0.25 , 0.375])
    """
    middle = predicted[:, MIDDLE]
    bound = np.where(observed > middle, predicted[:, HIGH], predicted[:, LOW])
    return np.asarray(abs(observed - middle) / np.maximum(abs(bound - middle), 1e-9))


def fit(races: Sequence[tuple[Sequence[str], Floats]]) -> dict[str, float]:
    """Return how much wider bands must be, by level, each pulled towards the next wider one.

    Args:
        races: Keys as `levels` gives them, and misses; of each race, the oldest first.
    """
    newer: dict[str, int] = defaultdict(int)
    known: dict[str, list[tuple[Floats, float]]] = defaultdict(list)
    for keys, of in reversed(races):
        if len(of):
            for key in keys:
                known[key].append((of, 0.5 ** (newer[keys[2]] / HALF)))
            newer[keys[2]] += 1
    return _pulled({key: _needed(of) for key, of in known.items()}, levels.next_wider(known))


def stretched(predicted: Floats, width: float) -> Floats:
    """Return quantiles, shape (…, 19), so much further from their middle."""
    middle = predicted[..., MIDDLE, None]
    return np.asarray(middle + (predicted - middle) * width)


def _needed(of: Sequence[tuple[Floats, float]]) -> tuple[float, float]:
    """Return the width that holds enough, a case counting as its race does, and all weights."""
    size = np.concatenate([misses for misses, _ in of])
    share = np.concatenate([np.full(len(misses), w) for misses, w in of])
    order = np.argsort(size)
    so_far = np.cumsum(share[order])
    at = int(np.searchsorted(so_far, HELD * so_far[-1]))
    return float(np.clip(size[order[at]], 0.25, 4.0)), sum(w for _, w in of)


def _pulled(
    needed: Mapping[str, tuple[float, float]], wider: Mapping[str, str]
) -> dict[str, float]:
    found = {"": needed[""][0] if "" in needed else 1.0}
    for key in wider:
        own, weight = needed[key]
        share = weight / (weight + STRENGTH)
        found[key] = float(own**share * found[wider[key]] ** (1 - share))
    return found

"""What the circumstances of a lap multiply a rate by, in each series.

A series takes from the others as large a share of what they say, and differs from it by as
much, as would have served it best in those of its races that were not learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.fits.poisson import poisson
from pitlive.race.forecasting import levels
from pitlive.race.forecasting.splits import dealt

APART = ("*/road",)
"""Types of track with factors of their own: on a road a caution does not bunch a whole race."""

RIDGE = 3.0
"""Cautions' worth of doubt in every factor."""

RIDGES = (RIDGE, 30.0, 300.0)
"""The same in how a factor differs from that of the others, as many as are tried."""

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of what the others say that are tried."""

PARTS = 4
"""The races of a series in as many parts: a share is tried on the one that was left out."""


class RaceLaps(NamedTuple):
    """The laps of a race, n of them.

    Attributes:
        keys: The race, as `levels` gives them.
        x: Circumstances, shape (n, wide).
        observed: How often it came true, shape (n,).
        rate: What was expected without them, shape (n,).
    """

    keys: Sequence[str]
    x: Floats
    observed: Floats
    rate: Floats


def fit(races: Sequence[RaceLaps], wide: int) -> dict[str, Floats]:
    """Return the logarithms of the factors by series, shape (wide,); of any by type, and ''."""
    found = {
        level: _factors([race for race in races if level in race.keys], np.zeros(wide))
        for level in ("", *APART)
    }
    for key, of in _by_series(races).items():
        series, alike = of[0].keys[2], _alike(of[0])
        others = [race for race in races if race.keys[2] != series and alike in race.keys]
        found[key] = _told(of, _factors(others, np.zeros(wide)))
    return found


def nearest(known: Mapping[str, Floats], keys: Sequence[str]) -> Floats:
    """Return the factors of a race, shape (wide,): on a type that is apart none of another type.

    Where its series has not raced there it is told by the others that have: what a series is
    told on ovals alone stands under its own name, which comes before theirs.

    Args:
        known: What `fit` returns.
        keys: The race, as `levels` gives them.

    >>> ovals, roads = np.array([0.9]), np.array([0.5])
    >>> nearest({"indycar": ovals, "*/road": roads}, levels.levels("indycar", "road", "Sonoma"))
    array([0.5])
    """
    is_apart = keys[3] in APART
    return levels.nearest(known, (key for key in keys if not is_apart or key != keys[2]))


def _alike(race: RaceLaps) -> str:
    """Return the level whose races are like one: its type of track if that is apart, or all."""
    return race.keys[3] if race.keys[3] in APART else ""


def _by_series(races: Sequence[RaceLaps]) -> Mapping[str, list[RaceLaps]]:
    found: dict[str, list[RaceLaps]] = {}
    for race in races:
        found.setdefault(race.keys[1 if _alike(race) else 2], []).append(race)
    return found


def _told(of: Sequence[RaceLaps], others: Floats) -> Floats:
    """Return the factors of a series, with as much of the others' as serves it best."""
    if not others.any():
        return _factors(of, others)
    parts = dealt([race.keys for race in of], PARTS).tolist()
    missed = dict.fromkeys(product(SHARES, RIDGES), 0.0)
    for part in set(parts):
        learnt = [race for race, n in zip(of, parts, strict=True) if n != part]
        for share, ridge in missed:
            b = _factors(learnt, share * others, ridge)
            missed[share, ridge] += sum(
                _missed(race, b) for race, n in zip(of, parts, strict=True) if n == part
            )
    share, ridge = min(missed, key=missed.__getitem__)
    return _factors(of, share * others, ridge)


def _factors(races: Sequence[RaceLaps], others: Floats, ridge: float = RIDGE) -> Floats:
    """Return the logarithms of the factors: those of others, and how the races differ."""
    if not races:
        return others
    x, observed, rate = (np.concatenate(of) for of in list(zip(*races, strict=True))[1:])
    return others + poisson(x, observed, np.log(rate) + x @ others, ridge)


def _missed(race: RaceLaps, factors: Floats) -> float:
    """Return how unlikely what came of a race was, as a logarithm."""
    expected = race.rate * np.exp(race.x @ factors)
    return float((expected - race.observed * np.log(expected)).sum())

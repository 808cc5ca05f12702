"""Stops for two tyres, or for fuel alone: how much shorter than full ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from pitlive.numerics import Floats
from pitlive.race.forecasting.families import of_series
from pitlive.race.forecasting.view import SERVICE, TIRES, View

ENOUGH = 5
"""Stops of a kind without which a series does not know it; fuel alone is rare."""


def served(past: View) -> dict[str, Floats]:
    """Return the service times of stops by tyres changed [s]."""
    tires, service = past.done[:, TIRES], past.done[:, SERVICE] / 1000
    return {str(n): service[(tires == n) & (service > 0)] for n in (0, 2, 4)}


def saved(races: Iterable[tuple[str, Mapping[str, Floats]]]) -> dict[str, Floats]:
    """Return by family how much shorter a stop for two tyres, for none is [s].

    Args:
        races: Series, and service times as `served` gives them.
    """
    by_family: dict[str, dict[str, list[Floats]]] = {}
    for series, of_race in races:
        for tires, times in of_race.items():
            by_family.setdefault(of_series(series), {}).setdefault(tires, []).append(times)
    found = {}
    for name, of in by_family.items():
        every = [np.concatenate(of[tires]) for tires in ("4", "2", "0")]
        if min(map(len, every)) >= ENOUGH:
            full, *less = (float(np.median(of)) for of in every)
            less_s = np.maximum(full - np.array(less), 0.0)
            found[name] = np.maximum.accumulate(less_s)  # some of those for none were repairs
    return found

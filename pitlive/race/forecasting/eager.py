"""Who stops under a caution: by the laps since the last stop, and those that are left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Bools, Floats
from pitlive.numerics.fits.logistic import probability
from pitlive.race.forecasting import families, levels
from pitlive.race.forecasting.cautions import unplanned
from pitlive.race.forecasting.field import field
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import CAR, FIRST, LAP, LAST, View

WIDE = 13
"""Circumstances of a car."""


class CautionCars(NamedTuple):
    """Cars as cautions came out, n of them, each of shape (n,).

    Attributes:
        age: Laps since the stop before, or the start.
        left: Laps that were left.
        down: Laps down.
        planned: 1 if it was the break after a stage, else 0.
        stopped: 1 if it stopped before green, else 0.
    """

    age: Floats
    left: Floats
    down: Floats
    planned: Floats
    stopped: Floats


def sample(past: View) -> CautionCars:
    """Return who was asked by the cautions of a race, and came in."""
    found = [np.empty((5, 0))]
    if not len(past.stops):
        return CautionCars(*found[0])  # nobody wrote them down
    sudden = unplanned(past).tolist()
    for first, last in past.cautions[:, [FIRST, LAST]].tolist():
        if not 2 < first <= last < past.lap:
            continue
        of = field(past.until(first - 1))
        stops = past.stops[(past.stops[:, LAP] >= first) & (past.stops[:, LAP] <= last)]
        observed = np.isin(of.rows, stops[:, CAR]) * 1.0
        same = np.ones(len(of.rows))
        planned = float(first not in sudden)
        found.append(np.stack((of.age, of.left * same, of.down, planned * same, observed)))
    return CautionCars(*np.concatenate(found, axis=1))


def fit(races: Sequence[tuple[Sequence[str], CautionCars]], typical: Prior) -> dict[str, Floats]:
    """Learn what it hangs on, by family.

    Args:
        races: Keys as `levels` gives them, and who was asked.
        typical: Stints as `pit_cycle.fit` gives them.
    """
    return families.fit((_case(keys, of, typical) for keys, of in races), WIDE)


def _case(keys: Sequence[str], of: CautionCars, typical: Prior) -> families.Cases:
    stint = float(levels.nearest(typical, keys)[0])
    return keys, circumstances(of.age, of.left, of.down, of.planned, stint), of.stopped


def circumstances(
    age: Floats, left: Floats, down: Floats, planned: Floats | Bools, stint: float
) -> Floats:
    """Return what a stop under a caution hangs on, shape (…, WIDE)."""
    used, to_go, behind, ends = np.broadcast_arrays(age / stint, left / stint, down, planned)
    used, to_go = np.clip(used, 0, 1.5), np.clip(to_go, 0, 3)
    short = np.clip(used + to_go - 1.0, -0.5, 0.5)
    columns = (
        *(np.ones(used.shape), used, np.maximum(used - 0.3, 0), np.exp(-used / 0.05)),
        *(to_go, np.exp(-to_go / 0.15), short, np.minimum(behind, 3), used * np.exp(-to_go / 0.3)),
        *(ends, ends * np.minimum(used, 0.5), behind < 1, (behind < 1) * used),
    )
    return np.stack([np.asarray(of, np.float64) for of in columns], axis=-1)


def chance(
    age: Floats, left: Floats, down: Floats, planned: Floats | Bools, stint: float, slope: Floats
) -> Floats:
    """Return the chance that cars stop under a caution that comes out now."""
    return probability(circumstances(age, left, down, planned, stint), slope)

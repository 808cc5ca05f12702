"""How far cars have been seen to run without a stop: a lower bound of what the tank holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import stop_features
from pitlive.race.forecasting.field import Field
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import CAR, LAP, View

SLOW = 0.5
"""What a lap under caution takes of the tank, against one under green."""

LONG = 90
"""Percentile of the cars' longest stints: the longest of all may be a stop that nobody saw."""

FEW = 1.5
"""Stints after which a race without a stop is one whose stops are not reported."""

ENOUGH = 5
"""Races that a level needs to speak for itself."""


def longest(view: View) -> float:
    """Return the longest stint so far in laps of green, over 90 % of the cars; 0 without any.

    Both the stints that a stop ended and those that are run now count.
    """
    each_lap = np.where(stop_features.under(view), SLOW, 1.0)
    each_lap[0] = 0.0
    run = each_lap.cumsum()
    now = np.column_stack((np.arange(len(view.cars)), view.last))
    ends = np.concatenate((view.stops[:, [CAR, LAP]], now))
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    ends = ends[ends[:, 1] <= view.lap]
    before = np.where(np.diff(ends[:, 0], prepend=-1) == 0, np.roll(ends[:, 1], 1), 0)
    each = np.zeros(len(view.cars))
    np.maximum.at(each, ends[:, 0], run[ends[:, 1]] - run[before])
    return float(np.percentile(each, LONG)) if len(each) else 0.0


def ratios(races: Iterable[tuple[Sequence[str], float]]) -> Prior:
    """Return the longest stints of races in typical ones, at `LEVELS`, where there are enough.

    The upper half of the races: in the others cautions came before anybody had gone that far.

    >>> float(ratios([([""], ratio) for ratio in (1.0, 1.1, 1.2, 1.3, 1.4)])[""][9])
    1.3
    """
    found: dict[str, list[float]] = {}
    for keys, ratio in races:
        for key in keys:
            found.setdefault(key, []).append(ratio)
    enough = {key: sorted(of)[len(of) // 2 :] for key, of in found.items() if len(of) >= ENOUGH}
    return {"": np.full(len(LEVELS), 1.3)} | {
        key: np.quantile(of, LEVELS) for key, of in enough.items()
    }


def beyond(view: View, of: Field, reach: Floats) -> Floats:
    """Return the laps of green that each car has left of the longest stint, shape (m, 19).

    Args:
        view: The race.
        of: Its running cars.
        reach: The longest stint at `LEVELS` [laps], shape (19,).
    """
    used = of.age - (1 - SLOW) * stop_features.slow_laps(view, of)
    return np.maximum(np.maximum(reach, longest(view)) - used[:, None], 0.0)

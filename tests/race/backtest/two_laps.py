"""The rank of a car two laps on, by the definitions under which figures were published.

RankNet (Peng et al. 2021) forecasts the Indianapolis 500. As of each lap from the 11th on,
the cars that are there now and two laps later are ranked by what is predicted, and held
against the ranks recorded, which are not ranked anew. A lap is covered by stops if any car
stops on it or on the two after; the rest are normal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.race.forecasting.view import LAP, View

FIRST_LAP = 11
"""The first lap that is forecast from: before it a model of the time had no history."""

ON = 2

Predict = Callable[[View], Floats]
"""The race through a lap → the place of each car two laps on, NaN unknown, shape (cars,)."""


class TwoLapScores(NamedTuple):
    """Mean absolute error in ranks, share of laps whose leader was named, and forecasts."""

    mae: float
    normal: float
    pit: float
    top1: float
    n: int


def two_laps(past: View, predict: Predict) -> TwoLapScores:
    """Score a way to predict ranks on one race."""
    errors: dict[bool, list[float]] = {False: [], True: []}
    named = []
    for lap in range(FIRST_LAP, past.lap - ON + 1):
        there = np.flatnonzero((past.place[:, lap] > 0) & (past.place[:, lap + ON] > 0))
        predicted = _ranked(predict(past.through(lap))[there], past.place[there, lap])
        observed = past.place[there, lap + ON]
        errors[_stops(past, lap)] += abs(predicted - observed).tolist()
        named.append(bool(observed[predicted == 1][0] == 1))
    normal, pit = errors[False], errors[True]
    every = normal + pit
    mae, quiet, busy, top1 = (float(np.mean(of)) for of in (every, normal, pit, named))
    return TwoLapScores(mae, quiet, busy, top1, len(every))


def current(view: View) -> Floats:
    """Predict that every car stays where it is (CurRank)."""
    return view.place[:, view.lap].astype(np.float64)


def _ranked(predicted: Floats, now: Ints) -> Ints:
    """Ranks of what was said; of equals, and where nothing was said, the one ahead now."""
    keys = np.where(np.isnan(predicted), now, predicted)
    ranks = np.empty(len(keys), np.int64)
    ranks[np.lexsort((now, keys))] = np.arange(1, len(keys) + 1)
    return ranks


def _stops(past: View, lap: int) -> bool:
    stopped = past.stops[:, LAP]
    return bool(((stopped >= lap) & (stopped <= lap + ON)).any())

"""The field as it stood when the leader completed a lap: columns of the channel `standings`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pitlive.messages import Json
from pitlive.numerics import Floats, Ints
from pitlive.race.forecasting.forecast_rows import numbers
from pitlive.race.forecasting.view import CAR, LAP, View
from pitlive.race.laps import NONE
from pitlive.race.order import behind, within_a_lap
from pitlive.race.pace import NAMES, pace


def standings(view: View) -> dict[str, Json]:
    """Return one list a column, cars in order, null unknown.

    Lap times in ms; means to a tenth of one.
    """
    order, last = view.order, view.last
    rows = np.arange(len(order))
    at = view.at[rows, last]
    figures, _ = pace(view.time, view.green)
    table: dict[str, Any] = {
        "laps": last,
        "laps_down": _laps_down(view, at, last),
        "last_ms": _known(view.time[rows, last]),
        "best_ms": _best(view.time),
        "to_leader_ms": _to_leader(view, at, last),
        "to_ahead_ms": _to_ahead(view, at, last),
        "stops": np.bincount(view.stops[:, CAR], minlength=len(order)),
        "stint_laps": np.maximum(last - _stopped(view), 0),
        "in_pit": _inside(view, last),
    }
    columns = {name: numbers(np.asarray(of, np.float64)[order], 0) for name, of in table.items()}
    paces = {name: numbers(figures[order, n], 1) for n, name in enumerate(NAMES)}
    cars = [view.cars[row] for row in order.tolist()]
    return {"cars": cars, "place": (rows + 1).tolist(), **columns, **paces}


def _known(times: Ints) -> Floats:
    return np.where(times > 0, times, np.nan)


def _best(time: Ints) -> Floats:
    best = np.where(time > 0, time, np.iinfo(np.int64).max).min(axis=1)
    return np.where((time > 0).any(axis=1), best, np.nan)


def _laps_down(view: View, at: Ints, last: Ints) -> Ints:
    """As in the standings: laps the leader had more as the car came round, and those since."""
    led = np.searchsorted(view.lead_at, at, side="right") - 1
    return np.asarray(np.maximum(np.maximum(led - last, view.lap - last - 1), 0))


def _to_leader(view: View, at: Ints, last: Ints) -> Floats:
    times = behind(at, np.where(last > 0, view.lead_at[last], -1))
    times[view.order[:1]] = NONE
    return _or_unknown(times)


def _to_ahead(view: View, at: Ints, last: Ints) -> Floats:
    times = np.full(len(last), NONE)
    others, ahead = view.order[1:], view.order[:-1]
    within = within_a_lap(last[others], at[others], last[ahead], at[ahead])
    to_ahead = behind(at[others], view.at[ahead, last[others]])
    times[others] = np.where(within & (to_ahead >= 0), to_ahead, NONE)
    return _or_unknown(times)


def _or_unknown(times: Ints) -> Floats:
    return np.where(times == NONE, np.nan, times)


def _stopped(view: View) -> Ints:
    """The last in-lap of each car, 0 if it did not stop."""
    stops = np.zeros(len(view.cars), np.int64)
    np.maximum.at(stops, view.stops[:, CAR], view.stops[:, LAP])
    return stops


def _inside(view: View, last: Ints) -> Ints:
    """1 where a car is in the lane: it came in, and neither left nor came round."""
    left = np.bincount(view.done[:, CAR], minlength=len(last))
    came = np.bincount(view.stops[:, CAR], minlength=len(last))
    return ((came > left) & (_stopped(view) >= last)).astype(np.int64)

"""What a stop for all tyres would cost each car under green: in-lap + out-lap − 2 green laps."""

from __future__ import annotations

from statistics import median

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.race.forecasting.pit_cycle import LOSSES
from pitlive.race.forecasting.protocol import ForecastKind, by_flag
from pitlive.race.forecasting.stop_times import StopTime
from pitlive.race.forecasting.timed_stops import LAP, ROW, YELLOW, full, ordinary, timed
from pitlive.race.forecasting.view import View

name = "pit_loss"
unit = "ms"
kind: ForecastKind = "quantity"
groups = by_flag

RECENT = 10
"""Green laps before a stop whose median is the pace it is held against."""


def measure(view: View) -> Floats:
    """Return the full stops under green whose out-lap is over."""
    lap = view.done[:, LAP]
    over = lap < view.lap
    row, lap = view.done[:, ROW], np.minimum(lap, max(view.lap - 1, 0))
    both = view.time[row, lap], view.time[row, np.minimum(lap + 1, view.lap)]
    loss = sum(both) - 2 * _pace(view, row, lap)
    stops = timed(view, loss, view.at[row, np.minimum(lap + 1, view.lap)])
    raced = over & (both[0] > 0) & (both[1] > 0) & (loss > 1000 * LOSSES[0])
    raced &= loss < 1000 * LOSSES[1]
    return ordinary(stops, full(view) & raced & (stops[:, YELLOW] == 0))


def _pace(view: View, row: Ints, lap: Ints) -> Floats:
    """Return the median of the last green laps before each stop [ms], NaN without any."""
    raced = [np.flatnonzero(laps) for laps in view.green & (view.time > 0)]
    times = [view.time[car, laps].tolist() for car, laps in enumerate(raced)]
    ends = [int(raced[car].searchsorted(into)) for car, into in zip(row, lap, strict=True)]
    recent = (
        times[car][max(end - RECENT, 0) : end] for car, end in zip(row.tolist(), ends, strict=True)
    )
    return np.array([median(laps) if laps else np.nan for laps in recent])


_of = StopTime(measure)
sample, fit, forecast = _of.sample, _of.fit, _of.forecast
baseline, outcome = _of.baseline, _of.outcome

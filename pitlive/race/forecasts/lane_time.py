"""How long each car would be in the pit lane, line to line, if it stopped for all tyres now."""

from __future__ import annotations

from pitlive.numerics import Floats
from pitlive.race.circuits.names import circuits, lanes
from pitlive.race.forecasting import levels
from pitlive.race.forecasting.protocol import ForecastKind, Prior, by_flag
from pitlive.race.forecasting.stop_times import StopTime
from pitlive.race.forecasting.timed_stops import full, ordinary, timed
from pitlive.race.forecasting.view import LANE, OUT_AT, View

name = "lane_time"
unit = "ms"
kind: ForecastKind = "quantity"
groups = by_flag


def measure(view: View) -> Floats:
    """Return the full stops whose lane time the timing said."""
    lane = view.done[:, LANE]
    return ordinary(timed(view, lane, view.done[:, OUT_AT]), full(view) & (lane > 0))


_of = StopTime(measure)
sample, fit, forecast = _of.sample, _of.fit, _of.forecast
baseline, outcome = _of.baseline, _of.outcome


def tabled(prior: Prior) -> Prior:
    """Return what is shipped: of a circuit without past races, what the table says is usual.

    Not part of `fit`: the table is of 2018 to 2024, which a backtest of those must not know.
    """
    return {**prior, "usual": {**_by_table(), **prior["usual"]}}


def _by_table() -> dict[str, float]:
    every = circuits()
    return {
        levels.levels(series, every[name].track_type, name)[0]: 1000 * lane.lane_s
        for (series, name), lane in lanes().items()
    }

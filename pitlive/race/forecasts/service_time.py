"""How long each car would stand in its box, if it stopped for all tyres now."""

from __future__ import annotations

from pitlive.numerics import Floats
from pitlive.race.forecasting.protocol import ForecastKind, by_flag
from pitlive.race.forecasting.stop_times import StopTime
from pitlive.race.forecasting.timed_stops import full, ordinary, timed
from pitlive.race.forecasting.view import OUT_AT, SERVICE, View

name = "service_time"
unit = "ms"
kind: ForecastKind = "quantity"
groups = by_flag


def measure(view: View) -> Floats:
    """Return the full stops whose service time the timing said."""
    service = view.done[:, SERVICE]
    return ordinary(timed(view, service, view.done[:, OUT_AT]), full(view) & (service > 0))


_of = StopTime(measure)
sample, fit, forecast = _of.sample, _of.fit, _of.forecast
baseline, outcome = _of.baseline, _of.outcome

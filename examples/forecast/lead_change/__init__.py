"""The chance that another car leads within the next 1, 5, 10 and 20 laps.

Rate per lap r = (K h + c) / (K + n): h history's at this track, c changes of the lead in n laps
of this race. Chance = 1 − (1 − r)^laps; a window ends with the race.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import numpy as np

from pitlive.numerics import NEVER, Floats, Ints
from pitlive.race.forecasting import levels
from pitlive.race.forecasting.protocol import (
    RACE,
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.view import View

name = "lead_change"
unit = "probability"
kind: ForecastKind = "chance"
groups = ungrouped

PRIOR = files(__name__) / "prior.json"
"""What `pitlive history fit` learnt."""

AHEAD = np.array([1, 5, 10, 20])
K = 60.0
"""Laps of this race that weigh as much as history."""

STRENGTH = 500.0
"""Laps of a track that weigh as much as those of its type."""


def sample(past: View) -> Sample:
    """Return how often the lead changed, in how many laps."""
    return {"keys": levels.levels_for(past), "changes": _changes(past), "laps": past.lap}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn how often it changes per lap, by track."""
    races = [(s["keys"], float(s["changes"]), float(s["laps"])) for s in samples if s["laps"]]
    return {"rates": levels.rates(races, STRENGTH)}


def forecast(view: View, prior: Prior) -> Forecast:
    """Blend history with what this race has been like."""
    history = levels.nearest(prior["rates"], levels.levels_for(view))
    return _chances(view, (K * history + _changes(view)) / (K + view.lap))


def baseline(view: View, prior: Prior) -> Forecast:
    """Say what history says."""
    return _chances(view, levels.nearest(prior["rates"], levels.levels_for(view)))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return 1 where another car has led by then, else 0; NaN where that is not known yet."""
    later = _leaders(past)[view.lap :]
    ends = _window(view, predicted.ahead)
    changed = [bool((later[:laps] != _leaders(view)[-1]).any()) for laps in ends]
    return np.where(changed, 1.0, np.where(view.lap + ends <= past.lap, 0.0, np.nan))[None]


def _chances(view: View, rate: float) -> Forecast:
    if not view.lap or view.finished:
        return nothing(view, AHEAD.tolist())
    chance = 1 - (1 - min(rate, 1.0)) ** _window(view, AHEAD)
    n, weight = np.array([1.0 * view.lap]), np.array([K / (K + view.lap)])
    return Forecast(view.lap, RACE, AHEAD, chance[None], n, weight)


def _window(view: View, ahead: Ints) -> Ints:
    """Laps until the end of each window, or of the race."""
    return np.minimum(ahead, max(view.scheduled - view.lap, 0)) if view.scheduled else ahead


def _leaders(view: View) -> Ints:
    """Row of the car that completed each lap first, shape (lap,); as before where nobody did."""
    first = np.where(view.at >= 0, view.at, NEVER)[:, 1:].argmin(axis=0)
    known = np.where(view.lead_at[1:] < NEVER, np.arange(view.lap), 0)
    return np.asarray(first[np.maximum.accumulate(known)])


def _changes(view: View) -> int:
    """How often a lap was led by another car than the one before."""
    return int(np.count_nonzero(np.diff(_leaders(view)))) if view.lap else 0

"""A candidate for `next_lap`: exponential smoothing of the last green laps, and nothing else.

If one number that forgets at the right pace were as good, eleven circumstances would be too many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.scores import LEVELS
from pitlive.numerics.tail import tail
from pitlive.race.forecasting import levels
from pitlive.race.forecasting.protocol import Forecast, ForecastKind, Prior, Sample, ungrouped
from pitlive.race.forecasting.view import View
from pitlive.race.forecasts import next_lap
from pitlive.race.forecasts.next_lap import RECENT

name = "smoothed_lap"
unit = "ms"
kind: ForecastKind = "quantity"
groups = ungrouped
baseline, outcome = next_lap.baseline, next_lap.outcome

SHARES = np.arange(1, 10) / 10
"""Shares of the newest lap that are tried."""

EVERY = 12
"""Laps between two cases taken from a past race."""

ENOUGH = 200
"""Cases that a level needs to speak for itself."""


def sample(past: View) -> Sample:
    """Return by how much each share would have missed [%], shape (cases, shares)."""
    views = (past.until(lap) for lap in range(3, past.lap, EVERY))
    missed = [np.empty((0, len(SHARES))), *(_missed(past, view) for view in views)]
    return {"keys": levels.levels_for(past), "missed": np.concatenate(missed)}


def fit(samples: Sequence[Sample]) -> Prior:
    """Choose the share that misses least, and keep how it misses, at every level."""
    by_key: dict[str, list[Floats]] = {"": [np.zeros((1, len(SHARES)))]}
    for of_race in samples:
        for key in of_race["keys"][1:]:  # a track is too little to choose by
            by_key.setdefault(key, []).append(of_race["missed"])
    joined = {key: np.concatenate(missed) for key, missed in by_key.items()}
    return {key: _best(of) for key, of in joined.items() if key == "" or len(of) >= ENOUGH}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say the smoothed lap, and how such have missed; for the cars that `next_lap` speaks of."""
    predicted = next_lap.baseline(view, {})
    if not len(predicted.rows):
        return predicted
    best = levels.nearest(prior, levels.levels_for(view))
    smoothed = _smoothed(view, predicted.rows, best["share"])
    times = smoothed * (1 + best["missed"] / 100)
    weight = np.zeros(len(predicted.rows))
    return replace(predicted, value=smoothed, quantiles=times[:, None], weight=weight)


def _best(missed: Floats) -> Prior:
    share = int(np.abs(missed).mean(axis=0).argmin())
    return {"share": SHARES[share : share + 1], "missed": np.quantile(missed[:, share], LEVELS)}


def _missed(past: View, view: View) -> Floats:
    predicted = next_lap.baseline(view, {})
    if not len(predicted.rows):
        return np.empty((0, len(SHARES)))
    observed = outcome(past, view, predicted)
    missed = 100 * (observed / _smoothed(view, predicted.rows, SHARES) - 1)
    return np.asarray(missed[~np.isnan(observed[:, 0])])


def _smoothed(view: View, rows: Ints, shares: Floats) -> Floats:
    """Return the smoothed lap of each car for each share of the newest [ms], (m, shares)."""
    laps = tail(view.time[rows], next_lap.raced(view, rows), RECENT)
    weights = np.where(np.isnan(laps), 0.0, 1.0)[..., None] * _fading(shares)
    total = np.nan_to_num(laps, nan=0.0)[..., None] * weights
    return np.asarray(total.sum(axis=1) / weights.sum(axis=1))


def _fading(shares: Floats) -> Floats:
    """Weights of the last laps, the newest last, shape (RECENT, shares)."""
    back = np.arange(RECENT - 1, -1, -1)[:, None]
    return np.asarray((1 - shares) ** back)

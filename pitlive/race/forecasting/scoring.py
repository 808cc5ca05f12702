"""What each kind of forecast is scored by, live and in the backtest alike."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores.absolute_error import absolute_error
from pitlive.numerics.scores.brier import brier
from pitlive.numerics.scores.coverage import coverage
from pitlive.numerics.scores.crps import crps
from pitlive.numerics.scores.log_loss import log_loss
from pitlive.numerics.scores.ranked_probability import ranked_probability
from pitlive.race.forecasting.protocol import Forecast, ForecastKind

MAIN: dict[ForecastKind, str] = {
    "chance": "log loss",
    "quantity": "MAE",
    "places": "MAE",
    "winner": "-log p",
    "count": "RPS",
}
"""The score that a figure of each kind is judged by first."""

NEAR = {"exact": 0.5, "within 1": 1.5}
"""Places that a value may be off; shares that are right, more is better."""

COVERAGE = {"covers 80 %": (0.1, 0.9), "covers 90 %": (0.05, 0.95)}


def scores(kind: ForecastKind, predicted: Forecast, observed: Floats) -> dict[str, Floats]:
    """Return all scores of a kind of figure, shape (m, h) each, NaN where there is none."""
    if kind == "chance":
        return {
            "log loss": log_loss(predicted.value, observed),
            "Brier": brier(predicted.value, observed),
        }
    if kind == "winner":
        won = np.where(observed == 1, log_loss(predicted.value, observed), np.nan)
        return {"-log p": won, "Brier": brier(predicted.value, observed)}
    error = absolute_error(predicted.value, observed)
    found = {"MAE": error}
    if kind == "places":
        found |= {
            name: np.where(np.isnan(error), error, error <= off) for name, off in NEAR.items()
        }
    if predicted.quantiles is not None:
        found["CRPS"] = crps(predicted.quantiles, observed)
        found |= {
            name: coverage(*predicted.band(*ends), observed) for name, ends in COVERAGE.items()
        }
    if predicted.chances is not None:
        from_one = observed[:, 0] + (kind == "count")  # counts begin at 0
        found["RPS"] = ranked_probability(predicted.chances, from_one)[:, None]
    return found

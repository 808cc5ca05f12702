"""What comes out of a forecast, and what a figure has to bring: the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting.view import View

Prior = Mapping[str, Any]
"""What was learnt: names → numbers, arrays, or mappings of such; see `artefact`."""

Sample = Mapping[str, Any]
"""What one past race teaches, so that refitting need not look at it again."""

ForecastKind = Literal["chance", "quantity", "places", "winner", "count"]
"""How a figure is scored: log loss; MAE and CRPS; MAE and RPS of places; −log p of the
winner; RPS and MAE of counts."""

RACE = np.array([-1])
"""Rows of a forecast that is about the race and not about a car."""

END = 0
"""Stands in `Forecast.ahead` for: to the end, of the stage or of the race."""


@dataclass(frozen=True)
class Forecast:
    """A figure as of a lap, for m cars (or the race) and h horizons. Empty: not known.

    Attributes:
        lap: The leader's lap as of which it is made.
        rows: Row of each car, or `RACE`, shape (m,).
        ahead: Laps ahead, `END` for the end, shape (h,).
        value: The figure in the unit of its module, NaN unknown, shape (m, h).
        n: What this race has contributed: laps, stops; shape (m,).
        weight: Weight of history against this race, K / (K + n), shape (m,).
        quantiles: At `LEVELS`, shape (m, h, 19); None where the value is a chance.
        chances: Chance of each place from 1, or of each count from 0, where the figure has
            them, shape (m, places).
        options: What the columns are, where they are no laps ahead (what could be done, kinds
            of moves); `ahead` then numbers them from 0; empty or h of them.
        others: Rows of the cars that the value is about besides the car itself (a rival, the
            neighbours it would have), -1 nobody, shape (m, k).
    """

    lap: int
    rows: Ints
    ahead: Ints
    value: Floats
    n: Floats
    weight: Floats
    quantiles: Floats | None = None
    chances: Floats | None = None
    options: tuple[str, ...] = ()
    others: Ints | None = None

    def band(self, low: float, high: float) -> tuple[Floats, Floats]:
        """Return two quantiles, such as .1 and .9, shape (m, h) each; NaN where there are none."""
        if self.quantiles is None:
            return np.full(self.value.shape, np.nan), np.full(self.value.shape, np.nan)
        at = [int(abs(LEVELS - level).argmin()) for level in (low, high)]
        return self.quantiles[..., at[0]], self.quantiles[..., at[1]]


def nothing(view: View, ahead: Sequence[int]) -> Forecast:
    """Return the forecast that says nothing is known."""
    none = np.empty(0)
    empty = np.empty((0, len(ahead)))
    return Forecast(view.lap, none.astype(np.int64), np.array(ahead, np.int64), empty, none, none)


class Figure(Protocol):
    """What a module of `pitlive.race.forecasts`, or of another package, defines.

    It may define two constants too. `WITHIN`: after how many laps the outcome of any of its
    columns is known, where `ahead` does not say so; without it options are scored at the finish.
    `PRIOR`: the file with what it has learnt, as `pitlive history fit` writes it, which a figure
    of another package brings (`importlib.resources.files(__package__) / "prior.json"`); as long
    as the file is not there the figure is silent.

    One that raises says nothing as of that lap, and is named in the channel `scores`.
    """

    name: str
    unit: str
    kind: ForecastKind

    def sample(self, past: View) -> Sample:
        """Return what a whole past race teaches; empty if nothing."""
        ...

    def fit(self, samples: Sequence[Sample]) -> Prior:
        """Learn from past races."""
        ...

    def forecast(self, view: View, prior: Prior) -> Forecast:
        """Say what will come, from what is known as of a lap."""
        ...

    def baseline(self, view: View, prior: Prior) -> Forecast:
        """Say what the obvious method would, for the same cars and horizons."""
        ...

    def outcome(self, past: View, view: View, predicted: Forecast) -> Floats:
        """Return what came, NaN where it cannot be known, shape (m, h); for scoring only."""
        ...

    def groups(self, past: View, view: View, predicted: Forecast) -> Mapping[str, Bools]:
        """Return which forecasts are scored apart as well, by name, shape (m, h) each."""
        ...


def ungrouped(past: View, view: View, predicted: Forecast) -> Mapping[str, Bools]:  # noqa: ARG001
    """Score no forecasts apart: the `groups` of most figures."""
    return {}


def by_flag(past: View, view: View, predicted: Forecast) -> Mapping[str, Bools]:  # noqa: ARG001
    """Score apart what is said under green and what is said under caution."""
    yellow = np.full(predicted.value.shape, view.yellow)
    return {"green": ~yellow, "yellow": yellow}

"""Scores of one race, added up by what they are compared by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from pitlive.numerics import Bools, Floats
from pitlive.race.forecasting.protocol import Figure, Forecast
from pitlive.race.forecasting.scoring import scores

TENTHS = 10
"""Parts of a race that errors are told apart by."""


class Key(NamedTuple):
    """What scores are added up by."""

    figure: str
    ahead: int
    score: str
    group: str
    tenth: int


class ScoreTally:
    """Sums of scores of one race, ours and the baseline's, over the same forecasts."""

    def __init__(self) -> None:
        self._sums: dict[Key, Floats] = defaultdict(lambda: np.zeros(3))
        self.chances: dict[tuple[str, int], list[tuple[float, float, float]]] = defaultdict(list)

    def add(
        self,
        figure: Figure,
        fraction: float,
        predicted: tuple[Forecast, Forecast],
        observed: Floats,
        groups: Mapping[str, Bools],
    ) -> None:
        """Score what was said, ours and the baseline's, against what came, shape (m, h)."""
        ours, base = (scores(figure.kind, one, observed) for one in predicted)
        tenth = min(int(fraction * TENTHS), TENTHS - 1) if fraction == fraction else -1
        every = {"all": np.ones(observed.shape, bool), **groups}
        for score in ours:
            both = ~np.isnan(ours[score]) & ~np.isnan(base[score])
            for group, inside in every.items():
                for column, ahead in enumerate(predicted[0].ahead.tolist()):
                    there = (both & inside)[:, column]
                    sums = (a[there, column].sum() for a in (ours[score], base[score]))
                    key = Key(figure.name, ahead, score, group, tenth)
                    self._sums[key] += [there.sum(), *sums]
        if figure.kind == "chance":
            self._keep(figure.name, predicted, observed)

    def _keep(self, name: str, predicted: tuple[Forecast, Forecast], observed: Floats) -> None:
        """Keep the chances themselves: reliability is of all races together."""
        for column, ahead in enumerate(predicted[0].ahead.tolist()):
            of = (predicted[0].value[:, column], predicted[1].value[:, column], observed[:, column])
            self.chances[name, ahead] += zip(*(one.tolist() for one in of), strict=True)

    def rows(self) -> pd.DataFrame:
        """Return one row per key, with `n` forecasts and the sums `ours` and `base`."""
        rows = [(*key, *sums) for key, sums in self._sums.items() if sums[0]]
        return pd.DataFrame(rows, columns=[*Key._fields, "n", "ours", "base"])

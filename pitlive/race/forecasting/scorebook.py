"""How right the forecasts of one race have been so far: the running scorecard.

Scores are kept by the lap as of which was forecast, so that laps which turn out to have
been otherwise are taken back and scored again; sums are over laps in order, so the same
facts give the same bytes however they came.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pitlive.messages import Row
from pitlive.numerics import Floats
from pitlive.numerics.scores.reliability import reliability
from pitlive.race.forecasting.forecast_rows import numbers
from pitlive.race.forecasting.protocol import Figure, Forecast, ForecastKind
from pitlive.race.forecasting.scoring import COVERAGE, MAIN, scores

DIGITS = 5
"""Decimals of scores."""

Pair = tuple[Forecast, Forecast]
"""What we said, and what the baseline did, of the same cars."""


class Scorebook:
    """Sums of scores by figure and horizon, or option."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, int], ScorePage] = {}

    def add(self, figure: Figure, predicted: Pair, column: int, observed: Floats) -> None:
        """Score one column of what was said as of a lap against what came, shape (m,)."""
        key = figure.name, int(predicted[0].ahead[column])
        if key not in self._pages:
            self._pages[key] = ScorePage(*key, figure.kind)
        ours, base = (_column(one, column) for one in predicted)
        self._pages[key].add(ours, base, observed[:, None])

    def forget(self, name: str, ahead: int, lap: int) -> None:
        """Take back what was said as of a lap or later."""
        if page := self._pages.get((name, ahead)):
            page.forget(lap)

    def rows(self) -> dict[str, Row]:
        """Return a row per figure and horizon of which anything was scored."""
        found = {f"{name}/{ahead}": page.row() for (name, ahead), page in self._pages.items()}
        return {name: row for name, row in found.items() if row["n"]}


class ScorePage:
    """Scores of one horizon of one figure, a line a lap."""

    def __init__(self, name: str, ahead: int, kind: ForecastKind) -> None:
        self._about = {"figure": name, "ahead": ahead, "score": MAIN[kind]}
        self._kind: ForecastKind = kind
        self._names: list[str] = []
        self._sums = np.zeros((64, 0, 3))
        self._chances: dict[int, tuple[Floats, Floats]] = {}

    def add(self, ours: Forecast, base: Forecast, observed: Floats) -> None:
        """Enter a line: number, sums of ours and of the baseline's, for each score."""
        mine, other = (scores(self._kind, one, observed) for one in (ours, base))
        if not self._names:
            self._names = list(mine)
        while ours.lap >= len(self._sums) or not self._sums.shape[1]:
            self._sums = _grown(self._sums, ours.lap, len(self._names))
        pairs = ((mine[name], other[name]) for name in self._names)
        self._sums[ours.lap] = [_summed(*pair) for pair in pairs]
        if self._kind == "chance":
            self._chances[ours.lap] = ours.value[:, 0], observed[:, 0]

    def forget(self, lap: int) -> None:
        """Strike out the lines of a lap and later ones."""
        self._sums[lap:] = 0
        self._chances = {n: of for n, of in self._chances.items() if n < lap}

    def row(self) -> dict[str, Any]:
        """Return means over all lines, of ours and of the baseline's."""
        sums = self._sums.sum(axis=0)
        with np.errstate(invalid="ignore"):  # nothing scored: 0 / 0 is unknown
            means = numbers(sums[:, 1:] / sums[:, :1], DIGITS)
        of = dict(zip(self._names, zip(sums[:, 0].tolist(), means, strict=True), strict=True))
        main = MAIN[self._kind]
        n, (ours, base) = of.get(main, (0, (None, None)))
        row = self._about | {"n": int(n)}
        return row | {"ours": ours, "base": base} | self._more(of, main) if n else row

    def _more(self, of: dict[str, Any], main: str) -> dict[str, Row]:
        bands = {k.replace(" %", "").replace(" ", ""): of[k][1][0] for k in COVERAGE if k in of}
        others = {k: pair for k, (_, pair) in of.items() if k != main and k not in COVERAGE}
        found = {k: v for k, v in bands.items() if v is not None}
        if others:
            found["also"] = others
        if self._chances:
            found["reliability"] = self._reliability()
        return found

    def _reliability(self) -> Row:
        laps = sorted(self._chances)
        predicted, observed = (
            np.concatenate([self._chances[lap][n] for lap in laps]) for n in (0, 1)
        )
        bins = reliability(predicted, observed)
        columns = numbers(bins.predicted, 4), numbers(bins.observed, 4), bins.n.tolist()
        return list(map(list, zip(*columns, strict=True)))


def _column(predicted: Forecast, column: int) -> Forecast:
    """One column of a forecast, without what scores do not look at."""
    cut = slice(column, column + 1)
    quantiles = None if predicted.quantiles is None else predicted.quantiles[:, cut]
    rows, ahead, value = predicted.rows, predicted.ahead[cut], predicted.value[:, cut]
    return Forecast(
        predicted.lap,
        rows,
        ahead,
        value,
        predicted.n,
        predicted.weight,
        quantiles,
        predicted.chances,
    )


def _summed(ours: Floats, base: Floats) -> list[float]:
    both = ~np.isnan(ours) & ~np.isnan(base)
    return [float(both.sum()), float(ours[both].sum()), float(base[both].sum())]


def _grown(sums: Floats, lap: int, names: int) -> Floats:
    grown = np.zeros((max(2 * len(sums), 2 * lap), names, 3))
    grown[: len(sums), : sums.shape[1]] = sums
    return grown

"""What is forecast of one race as of each of its laps, and what became of it.

A step is the work of one lap. The newest lap comes first, for it is what people look at;
then those before it that are missing, in order: after a restart, or because something
older than them came in late. What is said of a lap is a function of what happened before
the leader completed it, so everything here ends the same whatever the order of arrival.

A figure that fails costs itself alone; the scorecard names it, as it does one that has not been
fitted.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np
import orjson

from pitlive.messages import PackedPiece, Row
from pitlive.numerics import NEVER
from pitlive.race.forecasting.artefact import Artefact
from pitlive.race.forecasting.failures import FigureFailures, well_formed
from pitlive.race.forecasting.forecast_rows import row
from pitlive.race.forecasting.protocol import END, Forecast, Prior, nothing
from pitlive.race.forecasting.scorebook import Pair, Scorebook
from pitlive.race.forecasting.view import View
from pitlive.race.past import standings
from pitlive.race.registry import EVERY, FIGURES, SHADOWS

SLACK = 3
"""Laps of the leader that are waited longer for an outcome: the field needs them too."""

KEPT = 64
"""Laps of which the forecasts are kept, for late news; older ones are made anew."""

AT_ONCE = 20
"""Laps that are judged by the finish in one step."""

PIECE = "lap/"
"""How the names of pieces begin: the race as it stood at a lap."""

ForecastPairs = dict[str, Pair]
"""Figure → what it said of a lap, and what its baseline did."""


class LiveForecasts:
    """Forecasts of a race.

    Attributes:
        newest: Name of the figure → its row as of the newest lap.
        scores: Rows of the running scorecard, as of the newest lap for which all is there.
        pieces: What past laps looked like, to be handed over.
    """

    def __init__(self, artefact: Artefact) -> None:
        self.newest: dict[str, Row] = {}
        self.scores: dict[str, Row] = {}
        self.pieces: list[PackedPiece] = []
        self._artefact = artefact
        self._book = Scorebook()
        self._failures = FigureFailures(artefact.unread)
        self.scores.update(self._silent())
        self._now: View | None = None
        self._shown = 0
        self._next = 1
        self._judged = 0
        self._said: dict[int, ForecastPairs] = {}
        self._ends: dict[int, ForecastPairs] = {}
        self._spans: dict[str, dict[int, int]] = defaultdict(dict)

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to do."""
        return self._step() is None

    def see(self, now: View, since_ms: int) -> None:
        """Look at newer facts, none of which is of before a time [ms]."""
        now, before = self._artefact.placed(now), self._now
        first = 1 if before is None or before.cars != now.cars else _touched(before, now, since_ms)
        gone = range(now.lap + 1, before.lap + 1 if before else 0)
        self.pieces += [PackedPiece(f"{PIECE}{lap}", None, b"") for lap in gone]
        self._now = now
        self._forget(first)

    def step(self) -> bool:
        """Do the work of a lap; return whether there was any."""
        step = self._step()
        if step is not None:
            step(self._now)  # type: ignore[arg-type] # without a view there is no step
        return step is not None

    def _step(self) -> Callable[[View], None] | None:
        now = self._now
        if now is None:
            return None
        if self._shown != now.lap and self._next != now.lap:
            return self._show_newest
        if self._next <= now.lap:
            return self._advance
        if now.finished and self._judged < now.lap:
            return self._judge
        return None

    def _forget(self, first: int) -> None:
        """Let go of what is not known any more, from a lap on."""
        self._next = min(self._next, first)
        self._shown = self._shown if self._shown < first else 0
        self._said = {lap: said for lap, said in self._said.items() if lap < first}
        self._ends = {lap: said for lap, said in self._ends.items() if lap < first}
        self._judged = 0
        self._failures.forget(first)
        for name, spans in self._spans.items():
            for ahead, span in spans.items():
                self._book.forget(name, ahead, max(first - span, 0) if span else 0)

    def _show_newest(self, now: View) -> None:
        """Tell of the newest lap before those that are missing, or that there is none."""
        view = now.until(now.lap)
        forecasts = {} if not now.lap else {n: self._forecast(n, view) for n in FIGURES}
        self._show(now.lap, view, forecasts)

    def _show(self, lap: int, view: View, forecasts: dict[str, Forecast]) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        for name, forecast in forecasts.items():
            with self._failures.caught(name, lap):
                if (published := row(FIGURES[name], forecast, view)) is not None:
                    rows[name] = published
        if self._now is not None and lap == self._now.lap:
            self.newest, self._shown = rows, lap
        return rows

    def _advance(self, now: View) -> None:
        """Forecast the next lap, and score what is known since."""
        lap = self._next
        self._next += 1
        if now.lead_at[lap] == NEVER:  # nobody is known to have completed it
            self.pieces.append(PackedPiece(f"{PIECE}{lap}", None, b""))
            return
        view = now.until(lap)
        pairs = self._think(lap, view)
        rows = self._show(lap, view, {name: pairs[name][0] for name in FIGURES})
        self.pieces.append(PackedPiece(f"{PIECE}{lap}", None, _packed(view, rows)))
        self._close(lap, view)
        self._said.pop(lap - KEPT, None)
        if self._next > now.lap and not now.finished:
            self.scores = self._scored()

    def _think(self, lap: int, view: View) -> ForecastPairs:
        """What every figure says of a lap, and its baseline."""
        pairs = {name: (self._forecast(name, view), self._baseline(name, view)) for name in EVERY}
        for name, (ours, _) in pairs.items():
            if len(ours.rows):
                with self._failures.caught(name, lap):
                    self._spans[name] |= _spans(name, ours)
        self._said[lap] = pairs
        self._ends[lap] = {n: pair for n, pair in pairs.items() if END in self._spans[n].values()}
        return pairs

    def _forecast(self, name: str, view: View) -> Forecast:
        return self._said_by(name, EVERY[name].forecast, view)

    def _baseline(self, name: str, view: View) -> Forecast:
        return self._said_by(name, EVERY[name].baseline, view)

    def _said_by(self, name: str, says: Callable[[View, Prior], Forecast], view: View) -> Forecast:
        """What a figure says, or its baseline: nothing if it fails or has not been fitted."""
        prior = self._artefact.figures.get(name)
        if prior is not None:
            with self._failures.caught(name, view.lap):
                return well_formed(says(view, prior), view)
        return nothing(view, ())

    def _close(self, lap: int, view: View) -> None:
        """Score the columns whose window has closed by a lap."""
        for begin, closing in self._closing(lap).items():
            before = view.until(begin)
            if begin not in self._said:
                self._think(begin, before)
            for name, ahead in closing:
                with self._failures.caught(name, lap):
                    self._score(name, {ahead}, view, before, self._said[begin][name])

    def _closing(self, lap: int) -> Mapping[int, list[tuple[str, int]]]:
        """Lap → figures and horizons of what was said then that can be scored now."""
        found = defaultdict(list)
        for name, spans in self._spans.items():
            for ahead, span in spans.items():
                if span and lap > span:
                    found[lap - span].append((name, ahead))
        return found

    def _judge(self, now: View) -> None:
        """Score by the finish what is about the end."""
        laps = range(self._judged + 1, min(self._judged + AT_ONCE, now.lap) + 1)
        for lap in laps:
            before = now.until(lap)
            for name, pair in self._ends.get(lap, {}).items():
                ends = {ahead for ahead, span in self._spans[name].items() if not span}
                with self._failures.caught(name, NEVER):  # tried again with whatever is news
                    self._score(name, ends, now, before, pair)
        self._judged = laps[-1]
        if self._judged == now.lap:
            self.scores = self._scored()

    def _score(self, name: str, what: set[int], past: View, view: View, pair: Pair) -> None:
        columns = [n for n, ahead in enumerate(pair[0].ahead.tolist()) if ahead in what]
        if all(len(one.rows) for one in pair) and columns:
            observed = EVERY[name].outcome(past, view, pair[0])
            for column in columns:
                self._book.add(EVERY[name], pair, column, observed[:, column])

    def _scored(self) -> dict[str, Row]:
        marked = ((key, of, of["figure"] in SHADOWS) for key, of in self._book.rows().items())
        scored = {key: of | {"shadow": True} if shadow else of for key, of, shadow in marked}
        return scored | self._silent()

    def _silent(self) -> dict[str, Row]:
        """A row for each figure that has not been fitted or failed."""
        unfitted = EVERY.keys() - self._artefact.figures
        rows = {name: {"figure": name, "unfitted": True} for name in unfitted}
        return rows | self._failures.rows()


def _spans(name: str, forecast: Forecast) -> dict[int, int]:
    """Laps after which the outcome of each column is known; `END`: at the finish."""
    within = getattr(EVERY[name], "WITHIN", None)
    known = {
        ahead: within or (END if forecast.options else ahead) for ahead in forecast.ahead.tolist()
    }
    return {ahead: laps + SLACK if laps else END for ahead, laps in known.items()}


def _touched(before: View, now: View, since_ms: int) -> int:
    """First lap as of which something of after a time may be known."""
    return min(_reached(before, since_ms), _reached(now, since_ms))


def _reached(view: View, since_ms: int) -> int:
    after = np.flatnonzero(view.lead_at[1:] >= since_ms)
    return int(after[0]) + 1 if len(after) else view.lap + 1


def _packed(view: View, rows: dict[str, Row]) -> bytes:
    """The race as it stood at a lap."""
    flag = {"flag": "yellow" if view.yellow else "green"} if view.flagged else {}
    about = {"lap": view.lap, "at_ms": int(view.lead_at[view.lap]), **flag}
    body = about | {"standings": standings(view), "forecasts": rows}
    return gzip.compress(orjson.dumps(body), 6, mtime=0)

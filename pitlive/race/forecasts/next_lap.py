"""The next green lap of each car: where its last laps point, and how far laps scatter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import NEVER, Bools, Floats, Ints
from pitlive.numerics.median import median
from pitlive.numerics.tail import tail
from pitlive.race.forecasting import binned, families, levels, width
from pitlive.race.forecasting.field import field
from pitlive.race.forecasting.protocol import (
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.view import View

name = "next_lap"
unit = "ms"
kind: ForecastKind = "quantity"
groups = ungrouped

AHEAD = (1,)

K = 6.0
"""Green laps of a car that weigh as much as what is usual after so many."""

EVERY = 6
"""Laps between two cases taken from a past race."""

CLIP = 1.5
"""Per cent of a lap beyond which a miss is trouble, and says nothing about the next."""

SLOW = 1.25
"""Times its best lap, a lap was not raced: an accident, or a flag that the data lacks."""

RECENT = 12
"""Green laps looked back."""

SETTLED = 3
"""Laps after green, and after a stop, in which laps still come down."""

WIDE = 11
"""Circumstances of a case; what came is in per cent of the level."""


def sample(past: View) -> Sample:
    """Return what the last laps were like, and how the next one was."""
    cases: dict[str, list[binned.FeaturesAndOutcome]] = {}
    for lap in range(3, past.lap, EVERY):
        view = past.until(lap)
        rows, level, x = _circumstances(view)
        if not len(rows):
            continue
        observed = 100 * (_next(past, view, rows) / level - 1)
        there = ~np.isnan(observed) & (abs(observed) < 10 * CLIP)
        cases.setdefault(_phase(view), []).append((x[there], observed[there]))
    return {
        "keys": levels.levels_for(past),
        "cases": {phase: binned.joined(of, WIDE) for phase, of in cases.items()},
    }


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what the last laps say of the next one, and how wide the bands of it are where."""
    joined: dict[str, list[binned.FeaturesAndOutcome]] = {"": [binned.joined([], WIDE)]}
    for of_race in samples:
        for phase, cases in of_race["cases"].items():
            for key in _regimes(of_race["keys"], phase):
                joined.setdefault(key, []).append(cases)
    regimes = binned.regimes(joined, CLIP)
    wide = width.fit([(of_race["keys"], _misses(of_race, regimes)) for of_race in samples])
    return {"regimes": regimes, "width": wide}


def _misses(race: Sample, regimes: Prior) -> Floats:
    found = [
        width.misses(observed, binned.quantiles(x, levels.nearest(regimes, _regimes(keys, phase))))
        for keys in (race["keys"],)
        for phase, (x, observed) in race["cases"].items()
    ]
    return np.concatenate([np.empty(0), *found])


def forecast(view: View, prior: Prior) -> Forecast:
    """Say how the next lap will be, if it is green."""
    rows, level, x = _circumstances(view)
    if not len(rows):
        return nothing(view, AHEAD)
    keys = levels.levels_for(view)
    regime = levels.nearest(prior["regimes"], _regimes(keys, _phase(view)))
    off = width.stretched(binned.quantiles(x, regime), levels.nearest(prior["width"], keys))
    times = level[:, None] * (1 + off / 100)
    return _said(view, rows, times)


def baseline(view: View, prior: Prior) -> Forecast:  # noqa: ARG001 - nothing is learnt for this
    """Say that it will be as the last green one."""
    rows, _, _ = _circumstances(view)
    if not len(rows):
        return nothing(view, AHEAD)
    last = tail(view.time[rows], raced(view, rows), 1)
    return _said(view, rows, np.repeat(last, 19, axis=1))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return the time of the next lap, NaN if it was not green, or not raced."""
    return _next(past, view, predicted.rows)[:, None]


def _said(view: View, rows: Ints, times: Floats) -> Forecast:
    n = raced(view, rows).sum(axis=1).astype(np.float64)
    value, ahead = times[:, 9:10], np.array(AHEAD)
    return Forecast(view.lap, rows, ahead, value, n, K / (K + n), times[:, None])


def raced(view: View, rows: Ints) -> Bools:
    """Green laps at racing speed, shape (m, laps)."""
    return np.asarray(view.green[rows] & (view.time[rows] <= _slow(view, rows)[:, None]))


def _slow(view: View, rows: Ints) -> Floats:
    """The time beyond which a lap of each car is no racing lap, 0 without any, shape (m,)."""
    green = view.green[rows] & (view.time[rows] > 0)
    best = np.where(green, view.time[rows], NEVER).min(axis=1, initial=NEVER)
    return np.where(best < NEVER, SLOW * best, 0.0)


def _next(past: View, view: View, rows: Ints) -> Floats:
    lap = view.last[rows] + 1
    there = lap < past.time.shape[1]
    lap = np.where(there, lap, 0)
    fast = (past.time[rows, lap] > 0) & (past.time[rows, lap] <= _slow(view, rows))
    known = there & past.green[rows, lap] & fast
    return np.where(known, past.time[rows, lap], np.nan)


def _phase(view: View) -> str:
    return "restart" if view.lap - view.restart <= SETTLED else "green"


def _regimes(keys: Sequence[str], phase: str) -> tuple[str, ...]:
    """Laps alike, the nearest first: on this type of track, in this series, anywhere."""
    return *(f"{family} {phase}".lstrip() for family in families.families_of(keys)), ""


def _circumstances(view: View) -> tuple[Ints, Floats, Floats]:
    """Return rows, their level [ms] and what their last laps say [% of it], shape (m, 11)."""
    of = field(view)
    if view.yellow or view.finished or not len(of.rows):
        return of.rows[:0], np.empty(0), np.empty((0, WIDE))
    recent = tail(view.time[of.rows], raced(view, of.rows), RECENT)
    known = ~np.isnan(recent[:, -1])
    rows, recent = of.rows[known], recent[known]
    if not len(rows):
        return rows, np.empty(0), np.empty((0, WIDE))
    levels = median(recent, (1, 3, 5, RECENT))
    level = levels[:, 2]
    off = np.clip(100 * (np.nan_to_num(recent[:, -4:], nan=0.0) / level[:, None] - 1), -CLIP, CLIP)
    off[np.isnan(recent[:, -4:])] = 0.0
    wider = np.clip(100 * (levels[:, 3] / level - 1), -CLIP, CLIP)
    n = raced(view, rows).sum(axis=1)
    age = of.age[known]
    ones = np.ones(len(rows))
    x = (
        *(ones, off[:, 3], off[:, 2], off[:, 1], off[:, 0], wider * n / (K + n)),
        *(np.full(len(rows), np.median(off[:, 3])), np.full(len(rows), np.median(off[:, 2]))),
        *(age <= SETTLED, np.minimum(age, 30) / 30, of.pace[known, 0]),
    )
    return rows, level, np.stack(x, axis=1).astype(np.float64)

"""The time to the car ahead in 5 and 10 laps, if both stay out and it stays green.

The closing rate of the last laps says where it points; how much of that comes true, and
that a car which has caught another is not yet past it, is read from history.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import binned, checkpoints, levels, width
from pitlive.race.forecasting.closing import FAR_S, FEWEST, Closing, between, closing
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

name = "to_ahead"
unit = "s"
kind: ForecastKind = "quantity"
groups = ungrouped

AHEAD = (5, 10)

K = 10.0
"""Green laps behind the same car that weigh as much as what is usual."""

EVERY = 10
"""Laps between two cases taken from a past race."""

CLIP = 12.0
"""Scales beyond which a change is trouble, and says nothing about the rate."""

LEAST, SPREAD = 0.1, 0.08
"""Scale of cars nose to tail [s], and what each second between two cars adds to it."""

WIDTH = 11
"""Circumstances of a case; they and what came are in scales."""


def sample(past: View) -> Sample:
    """Return how cars closed in on each other, and what became of it."""
    cases: dict[str, list[binned.FeaturesAndOutcome]] = {str(h): [] for h in AHEAD}
    for lap in range(FEWEST + 1, past.lap - min(AHEAD) + 1, EVERY):
        view = past.until(lap)
        if (pairs := _pairs(view)) is None:
            continue
        observed = _later(past, view, pairs) - pairs.to_ahead_s[:, None]
        for column, ahead in enumerate(AHEAD):
            there = ~np.isnan(observed[:, column])
            x, scale = _circumstances(view, pairs, ahead), _scale(pairs)
            cases[str(ahead)].append(
                ((x / scale[:, None])[there], (observed[:, column] / scale)[there])
            )
    family = checkpoints.family(past)
    joined = {ahead: binned.joined(of, WIDTH) for ahead, of in cases.items()}
    return {"keys": levels.levels_for(past), "family": family, "cases": joined}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what closing rates come to, and how wide the bands of it are where."""
    found: dict[str, dict[str, Prior]] = {"ahead": {}, "width": {}}
    for ahead in map(str, AHEAD):
        learnt = _fitted(samples, ahead)
        found["ahead"][ahead] = learnt
        found["width"][ahead] = width.fit([(s["keys"], _misses(s, ahead, learnt)) for s in samples])
    return found


def forecast(view: View, prior: Prior) -> Forecast:
    """Say how far each car that follows another will be behind it."""
    if (pairs := _pairs(view)) is None:
        return nothing(view, AHEAD)
    change = np.stack([_quantiles(view, pairs, prior, h) for h in AHEAD], axis=1)
    return _said(view, pairs, pairs.to_ahead_s[:, None, None] + change)


def baseline(view: View, prior: Prior) -> Forecast:  # noqa: ARG001 - nothing is learnt for this
    """Say that the time between two cars stays what it is."""
    if (pairs := _pairs(view)) is None:
        return nothing(view, AHEAD)
    shape = (len(pairs.rows), len(AHEAD), len(LEVELS))
    return _said(view, pairs, np.broadcast_to(pairs.to_ahead_s[:, None, None], shape))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:  # noqa: ARG001 - the protocol's
    """Return the time then, NaN unless every lap until then was green for both."""
    return _later(past, view, closing(view))


def _pairs(view: View) -> Closing | None:
    """The cars that follow another under green, None if there are none."""
    if view.yellow or view.finished:
        return None
    pairs = closing(view)
    return pairs if len(pairs.rows) else None


def _later(past: View, view: View, pairs: Closing) -> Floats:
    """Time between the same two cars some laps on [s], NaN unless green; shape (m, h)."""
    laps = view.last[pairs.rows, None] + np.arange(1, max(AHEAD) + 1)
    gap_ms, green = between(past, pairs.rows, pairs.ahead, laps)
    so_far = np.logical_and.accumulate(green, axis=1)
    columns = np.array(AHEAD) - 1
    return np.where(so_far, gap_ms / 1000, np.nan)[:, columns]


def _said(view: View, pairs: Closing, times: Floats) -> Forecast:
    n, middle = pairs.n.astype(np.float64), len(LEVELS) // 2
    weight = K / (K + n)
    return Forecast(view.lap, pairs.rows, np.array(AHEAD), times[..., middle], n, weight, times)


def _fitted(samples: Sequence[Sample], ahead: str) -> dict[str, Prior]:
    joined: dict[str, list[binned.FeaturesAndOutcome]] = {"": [binned.joined([], WIDTH)]}
    for s in samples:
        for key in _regimes(s["keys"][2], s["family"]):
            joined.setdefault(key, []).append(s["cases"][ahead])
    return binned.regimes(joined, CLIP)


def _regimes(series: str, family: str) -> tuple[str, ...]:
    """Races alike, the nearest first: by how cars run in the series, in its family, any.

    >>> _regimes("nascar-truck", "nascar/oval"), _regimes("f1", "f1")
    (('nascar-truck/oval', 'nascar/oval', ''), ('f1', ''))
    """
    return tuple(dict.fromkeys((family.replace("nascar", series), family, "")))


def _misses(race: Sample, ahead: str, learnt: Prior) -> Floats:
    x, observed = race["cases"][ahead]
    regime = levels.nearest(learnt, _regimes(race["keys"][2], race["family"]))
    return width.misses(observed, binned.quantiles(x, regime))


def _quantiles(view: View, pairs: Closing, prior: Prior, ahead: int) -> Floats:
    regimes = _regimes(view.series, checkpoints.family(view))
    regime = levels.nearest(prior["ahead"][str(ahead)], regimes)
    wide = levels.nearest(prior["width"][str(ahead)], levels.levels_for(view))
    scale = _scale(pairs)[:, None]
    predicted = binned.quantiles(_circumstances(view, pairs, ahead) / scale, regime)
    return width.stretched(predicted, wide) * scale


def _scale(pairs: Closing) -> Floats:
    """What a change is measured by [s]: cars far apart, or with uneven laps, scatter more."""
    return LEAST + pairs.wobble_s + SPREAD * np.maximum(pairs.to_ahead_s, 0)


def _circumstances(view: View, pairs: Closing, ahead: int) -> Floats:
    """What may change the time between two cars, shape (m, 11)."""
    of = field(view)
    at = np.zeros(len(view.cars), np.int64)
    at[of.rows] = np.arange(len(of.rows))
    me, other = at[pairs.rows], at[pairs.ahead]
    weight = pairs.n / (K + pairs.n)
    lap_s = of.lap_s if of.lap_s == of.lap_s else 60.0
    slower = (of.pace[me] - of.pace[other]) / 100 * lap_s * ahead
    gap = np.maximum(pairs.to_ahead_s, 0.0)
    rate = np.clip(-pairs.rate_s * weight * ahead, -FAR_S, FAR_S)
    lately = np.clip(-pairs.lately_s * ahead, -FAR_S, FAR_S)
    return np.stack(
        (
            np.ones(len(gap)),
            *(rate, lately, slower[:, 1], slower[:, 0]),
            np.minimum(gap + rate, 0),  # a car that catches another has yet to pass it
            *(np.exp(-gap / 0.3), np.exp(-gap), np.minimum(gap, 5.0)),
            *(np.clip(of.age[me] - of.age[other], -20, 20) / 20, rate * np.exp(-gap)),
        ),
        axis=1,
    )

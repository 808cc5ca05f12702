"""How clumped the field is: the share of crossings close to the one before, and the packs.

What it is now is counted; what the share will be in ten laps of green is a forecast.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.fits.least_absolute import least_absolute
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import families, levels, stop_features
from pitlive.race.forecasting.packs import packs, shares
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

name = "clumpiness"
unit = "share"
kind: ForecastKind = "quantity"
groups = ungrouped

OPTIONS = ("share", "share_in_10", "packs", "largest")

LATER = 10
"""Laps of green after which the share is forecast."""

K = 30.0
"""Settled laps of this race that weigh as much as history."""

SETTLED = 10
"""Laps after green from which on a field is strung out as far as it gets."""

STRENGTH = 200.0
"""Settled laps of a track that weigh as much as those of its type."""

SOON, SLOWLY = 3.0, 12.0
"""Laps in which a bunched field strings out, at first and in the end."""

FEWEST = 400
"""Cases without which a type of track is not fitted by itself."""

WIDE, LATE = 8, 5
"""Circumstances of a case, and the column that tells how long it has been green."""


def sample(past: View) -> Sample:
    """Return the shares of a race, and since when it was green."""
    if not past.flagged or past.lap <= LATER:
        return {}
    found, since = shares(past), _since(past)
    observed = np.append(found[LATER:], np.full(LATER, np.nan))
    green = np.append(since[LATER:] >= LATER, np.zeros(LATER, bool)) & (since >= 0)
    settled = found[(since >= SETTLED) & ~np.isnan(found)]
    about = {"keys": levels.levels_for(past), "usual": (float(settled.sum()), float(len(settled)))}
    return {**about, "shares": found, "since": since, "came": np.where(green, observed, np.nan)}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn how clumped fields are where, and how they string out."""
    known = [s for s in samples if s]
    usual = levels.rates([(s["keys"], *s["usual"]) for s in known], STRENGTH)
    cases: dict[str, list[tuple[Floats, Floats]]] = {"": [(np.zeros((1, WIDE)), np.zeros(1))]}
    for s in known:
        x = _circumstances(s["shares"], s["since"], levels.nearest(usual, s["keys"]))
        change = s["came"] - s["shares"]
        there = ~np.isnan(change) & ~np.isnan(x).any(axis=1)
        for key in families.within(s["keys"]):
            cases.setdefault(key, []).append((x[there], change[there]))
    joined = {
        key: [np.concatenate(of) for of in zip(*pairs, strict=True)] for key, pairs in cases.items()
    }
    enough = {
        key: _learnt(x, y) for key, (x, y) in joined.items() if families.enough(key, len(y), FEWEST)
    }
    return {"usual": usual, "families": enough}


def forecast(view: View, prior: Prior) -> Forecast:
    """Count what is, and say how the share will change."""
    found = shares(view)
    if not _known(view, found):
        return nothing(view, range(len(OPTIONS)))
    keys, since = levels.levels_for(view), _since(view)
    x = _circumstances(found, since, levels.nearest(prior["usual"], keys))[-1]
    learnt = levels.nearest(prior["families"], families.within(keys))
    misses = learnt["misses"][int(since[-1] >= SETTLED)]
    return _said(view, found, np.clip(found[-1] + x @ learnt["slope"] + misses, 0.0, 1.0))


def baseline(view: View, prior: Prior) -> Forecast:  # noqa: ARG001 - nothing is learnt for this
    """Say that the share stays what it is."""
    found = shares(view)
    if not _known(view, found):
        return nothing(view, range(len(OPTIONS)))
    return _said(view, found, np.full(len(LEVELS), found[-1]))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return the share ten laps on, NaN unless it was green all the time.

    What is counted now has no outcome.
    """
    observed = np.full(predicted.value.shape, np.nan)
    then = view.lap + LATER
    if past.flagged and then <= past.lap and _since(past)[then] >= LATER:
        observed[:, OPTIONS.index("share_in_10")] = shares(past)[then]
    return observed


def _known(view: View, found: Floats) -> bool:
    return not view.finished and view.lap > 0 and bool(found[-1] == found[-1])


def _since(view: View) -> Ints:
    """Return the laps of green up to each lap, 0 at a restart, -1 under caution."""
    laps = np.arange(view.lap + 1)
    slow = stop_features.under(view)
    restart = np.maximum.accumulate(np.where(slow, laps, 0))
    return np.asarray(np.where(slow, -1, laps - restart))


def _circumstances(found: Floats, since: Ints, usual: float) -> Floats:
    """Return what the share will change by hangs on, for each lap so far, shape (laps, WIDE).

    Usual is history's share, blended with what was seen of this race by each lap.
    """
    settled = (since >= SETTLED) & ~np.isnan(found)
    n = settled.cumsum()
    own = np.where(settled, found, 0.0).cumsum()
    blend = (K * usual + own) / (K + n)
    lately = np.stack([np.roll(found, back) for back in range(3)])
    recent = np.where(np.isnan(lately).any(axis=0), found, lately.mean(axis=0))
    soon, later = np.exp(-np.maximum(since, 0) / SOON), np.exp(-np.maximum(since, 0) / SLOWLY)
    x = (np.ones(len(found)), blend, found, recent, soon, later, found * soon, found * later)
    return np.stack(x, axis=1)


def _learnt(x: Floats, y: Floats) -> Prior:
    """Return what circumstances are worth, and the misses soon after green and later."""
    slope = least_absolute(x, y, bound=0.02)
    off, bins = y - x @ slope, (x[:, LATE] <= np.exp(-SETTLED / SLOWLY)) * 1
    parts = [off[bins == n] for n in range(2)]
    return {
        "slope": slope,
        "misses": np.array([np.quantile(p if len(p) else off, LEVELS) for p in parts]),
    }


def _said(view: View, found: Floats, later: Floats) -> Forecast:
    now = np.array([found[-1], *packs(view)])[:, None].repeat(len(LEVELS), axis=1)
    quantiles = np.stack((now[0], later, now[1], now[2]))[None]
    settled = float((_since(view) >= SETTLED).sum())
    n, weight = np.array([settled]), np.array([K / (K + settled)])
    value, ahead = quantiles[..., len(LEVELS) // 2], np.arange(len(OPTIONS))
    return Forecast(view.lap, RACE, ahead, value, n, weight, quantiles, options=OPTIONS)

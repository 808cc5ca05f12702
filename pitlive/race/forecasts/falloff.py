"""Seconds that a lap of tyre age costs: what new tyres gave here before, and in this race."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import levels
from pitlive.race.forecasting.fresh_tires import gains
from pitlive.race.forecasting.protocol import (
    END,
    RACE,
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.splits import dealt
from pitlive.race.forecasting.view import View

name = "falloff"
unit = "s/lap"
kind: ForecastKind = "quantity"
groups = ungrouped

K = 15.0
"""Green stops of this race that weigh as much as history."""

NEXT, ENOUGH = 10, 3
"""Green stops to come whose median is what is forecast, and how many have to come."""

EVERY = 5
"""Laps between two looks at a past race."""

FEWEST = 5
"""Stops that a past race needs to teach anything."""

HALF = 20.0
"""Stops of a past race that make it count for half a race: with more it is better known."""

STRENGTH = 1.0
"""Races of a track that weigh as much as its type."""

STOPS = 25
"""Stops without which a level has no median of its own, for the baseline."""

BINS = (1, 20)
"""Bounds of the stops of this race by which misses are told apart."""

LEAST, SPREAD = 0.004, 0.3
"""Scale of a miss [s/lap], and what each s/lap of falloff adds to it."""

RACES = 20
"""Races that a series needs to have misses of its own."""

PARTS = 10
"""History in as many parts: misses are those on a part that was not learnt from."""


def sample(past: View) -> Sample:
    """Return what new tyres gave in a race, and at some laps what was seen and what came."""
    found = gains(past)
    if len(found) < FEWEST:
        return {}
    seen = []
    for lap in range(1, past.lap, EVERY):
        view = past.until(lap)
        known = gains(view)[:, 1]
        if (observed := _next(past, view, found)) == observed:
            seen.append((len(known), float(np.median(known)) if len(known) else 0.0, observed))
    return {
        "keys": levels.levels_for(past),
        "gains": found[:, 1],
        "seen": np.array(seen).reshape(-1, 3),
    }


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what is usual where, and by how much this misses in races left out."""
    known = [s for s in samples if s]
    off: dict[str, list[Floats]] = {"": [np.empty((0, 2))]}
    parts = dealt([s["keys"] for s in known], PARTS)
    for part in range(PARTS):
        inside = [s for s, of in zip(known, parts, strict=True) if of == part]
        usual = _usual([s for s, of in zip(known, parts, strict=True) if of != part] or known)
        for s in inside:
            for key in (s["keys"][2], ""):
                off.setdefault(key, []).append(_off(s, levels.nearest(usual, s["keys"])))
    misses = {key: _misses(of) for key, of in off.items() if len(of) > RACES or not key}
    return {"usual": _usual(known), "median": _medians(known), "misses": misses}


def _misses(off: Sequence[Floats]) -> Floats:
    """Return misses at `LEVELS` about their middle, by the stops known of the race."""
    n, missed = np.concatenate(off).T
    bins = np.digitize(n, BINS)
    parts = [missed[bins == at] for at in range(len(BINS) + 1)]
    quantiles = [np.quantile(of if len(of) else np.zeros(1), LEVELS) for of in parts]
    return np.array([of - np.median(of) for of in quantiles])


def forecast(view: View, prior: Prior) -> Forecast:
    """Blend what is usual at the track with the stops of this race."""
    if not _known(view):
        return nothing(view, (END,))
    found = gains(view)[:, 1]
    middle = float(np.median(found)) if len(found) else 0.0
    value = float(
        _blend(levels.nearest(prior["usual"], levels.levels_for(view)), len(found), middle)
    )
    misses = levels.nearest(prior["misses"], (view.series, ""))[np.digitize(len(found), BINS)]
    return _said(view, len(found), value, value + misses * _scale(value))


def baseline(view: View, prior: Prior) -> Forecast:
    """Say the median of past stops at the track."""
    if not _known(view):
        return nothing(view, (END,))
    value = float(levels.nearest(prior["median"], levels.levels_for(view)))
    return _said(view, len(gains(view)), value, np.full(len(LEVELS), value))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return the median of the next green stops, NaN if there were too few."""
    return np.full(predicted.value.shape, _next(past, view, gains(past)))


def _known(view: View) -> bool:
    return view.lap > 0 and view.flagged and not view.finished


def _next(past: View, view: View, found: Floats) -> float:
    ahead = found[found[:, 0] > past.lead_at[view.lap]]
    ahead = ahead[np.argsort(ahead[:, 0], kind="stable")][:NEXT, 1]
    return float(np.median(ahead)) if len(ahead) >= ENOUGH else np.nan


def _blend(usual: float | Floats, n: int | Floats, middle: float | Floats) -> Floats:
    return np.asarray((K * usual + n * np.asarray(middle)) / (K + n))


def _scale(value: float | Floats) -> Floats:
    """What a miss is measured by: where tyres fall off more, it scatters more."""
    return np.asarray(LEAST + SPREAD * abs(np.asarray(value)))


def _off(of_race: Sample, usual: float) -> Floats:
    """Return stops known, and the miss in scales, of each look at a race."""
    n, middle, observed = of_race["seen"].T
    value = _blend(usual, n, middle)
    return np.column_stack((n, (observed - value) / _scale(value)))


def _said(view: View, n: int, value: float, quantiles: Floats) -> Forecast:
    weight = np.array([K / (K + n)])
    at = np.array([[value]]), np.array([1.0 * n]), weight, quantiles[None, None]
    return Forecast(view.lap, RACE, np.array([END]), *at)


def _levels(known: Sequence[Sample]) -> Iterator[tuple[str, list[Floats]]]:
    found: dict[str, list[Floats]] = {"": []}
    for s in known:
        for key in s["keys"]:
            found.setdefault(key, []).append(s["gains"])
    yield from found.items()


def _medians(known: Sequence[Sample]) -> Prior:
    joined = {key: np.concatenate([*of, np.empty(0)]) for key, of in _levels(known)}
    enough = {key: float(np.median(of)) for key, of in joined.items() if len(of) >= STOPS}
    return {"": 0.02} | enough


def _usual(known: Sequence[Sample]) -> dict[str, float]:
    """Return what is usual at every level; a track is pulled towards its type."""
    found = {key: float(np.median([np.median(g) for g in of])) for key, of in _levels(known) if of}
    found.setdefault("", 0.02)
    wide = dict(found)
    at_track = {s["keys"][0]: s["keys"] for s in known}
    for track, keys in at_track.items():
        races = [s["gains"] for s in known if s["keys"][0] == track]
        counts = np.array([len(g) / (len(g) + HALF) for g in races])
        middles = np.array([np.median(g) for g in races])
        pull = STRENGTH * levels.nearest(wide, keys[1:])
        found[track] = float((counts @ middles + pull) / (counts.sum() + STRENGTH))
    return found

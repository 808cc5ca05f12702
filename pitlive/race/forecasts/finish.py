"""Where each running car will finish: a chance for every place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import binned, checkpoints, drivers, levels, pit_cycle
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import (
    END,
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.view import View

name = "finish"
unit = "place"
kind: ForecastKind = "places"
groups = ungrouped

CLIP = 24.0
"""Places beyond which a change is a wreck, and says nothing about the score."""


def sample(past: View) -> Sample:
    """Return the field at every look, and the places that each car gained or lost from there."""
    if past.lap < checkpoints.PARTS:
        return {}
    seen = list(checkpoints.looks(past))
    observed = [past.standing[of.rows] - of.standing for _, of in seen]
    family, stops = checkpoints.family(past), pit_cycle.green_stops(past)
    about = {"drivers": drivers.driver_keys(past), "finishes": drivers.finishes(past)}
    of_race = {"keys": levels.levels_for(past), "family": family, "stops": stops}
    return {**of_race, **about, "seen": seen, "came": observed}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what came of cars like these, by part of the race."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    rated = drivers.fit([s["finishes"] for s in known])
    cases: dict[str, list[tuple[Floats, Floats]]] = {"": []}
    for of_race in known:
        rating = drivers.ratings(of_race["drivers"], rated, but=of_race["finishes"])
        of_track = levels.nearest(typical, of_race["keys"])
        for (fraction, of), observed in zip(of_race["seen"], of_race["came"], strict=True):
            case = (checkpoints.alike(of, of_track, rating), observed.astype(np.float64))
            part = checkpoints.part(fraction)
            for regime in (f"{of_race['family']} {part}", f"* {part}", ""):
                cases.setdefault(regime, []).append(case)
    return {"typical": typical, "drivers": rated, "parts": binned.regimes(cases, CLIP)}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say what came in history of cars like these."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, (END,))
    rating = drivers.ratings(drivers.driver_keys(view), prior["drivers"])
    x = checkpoints.alike(of, levels.nearest(prior["typical"], levels.levels_for(view)), rating)
    part = checkpoints.part(view.fraction)
    keys = (f"{checkpoints.family(view)} {part}", f"* {part}", "")
    change = binned.quantiles(x, levels.nearest(prior["parts"], keys))
    return _said(view, of, np.clip(of.standing[:, None] + change, 1, of.size))


def baseline(view: View, prior: Prior) -> Forecast:  # noqa: ARG001 - nothing is learnt for this
    """Say that every car finishes where it is (CurRank)."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, (END,))
    return _said(view, of, np.repeat(of.standing[:, None], len(LEVELS), axis=1))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:  # noqa: ARG001 - the protocol's
    """Return the place in the order at the end."""
    return past.standing[predicted.rows].astype(np.float64)[:, None]


def _known(view: View, of: Field) -> bool:
    return len(of.rows) > 1 and bool(view.scheduled) and not view.finished


def _said(view: View, of: Field, place: Floats) -> Forecast:
    n = of.last.astype(np.float64)
    return Forecast(
        lap=view.lap,
        rows=of.rows,
        ahead=np.array([END]),
        value=place[:, 9:10],
        n=n,
        weight=checkpoints.K / (checkpoints.K + n),
        quantiles=place[:, None],
        chances=_chances(place, of.size),
    )


def _chances(quantiles: Floats, size: int) -> Floats:
    """Spread each row's quantiles over the places, each of them over the one it rounds to."""
    edges = np.arange(size + 1) + 0.5
    levels_at = np.concatenate(([0.0], LEVELS, [1.0]))
    apart = np.linspace(-0.49, 0.49, len(levels_at))
    found = np.empty((len(quantiles), size))
    for row, of_car in enumerate(quantiles):
        spread = np.concatenate(([of_car[0] - 0.5], of_car, [of_car[-1] + 0.5]))
        at = np.interp(edges, spread + apart, levels_at)
        at[0], at[-1] = 0.0, 1.0
        found[row] = np.diff(at)
    return found

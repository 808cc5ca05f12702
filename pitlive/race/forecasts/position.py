"""Where each car will be in 2, 5, 10 and 20 of its own laps: a distribution per car.

Stops due and stops being made, pace against the cars around, where the car usually runs,
and what a restart does make a score; history says what came of such scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import binned, families, levels, pit_cycle
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import Forecast, ForecastKind, Prior, Sample, nothing
from pitlive.race.forecasting.view import FIRST, LAP, View

name = "position"
unit = "place"
kind: ForecastKind = "quantity"

AHEAD = (2, 5, 10, 20)

K = 30.0
"""Laps of a car that weigh as much as where it runs now in what it usually does."""

EVERY = 6
"""Laps between two cases taken from a past race: neighbours teach the same."""

CLIP = 12.0
"""Places beyond which a change is an accident, and says nothing about the score."""

DOUBT = 7
"""Level (.40) on either side of the middle within which staying put is the value: the
error hardly knows the difference, and on quiet laps a car does stay."""

RESTART = 4
"""Laps after green during which nothing is settled."""


def sample(past: View) -> Sample:
    """Return the field at every few laps, and where each car was later."""
    if past.lap < max(AHEAD):
        return {}
    seen = (field(past.until(lap)) for lap in range(2, past.lap - 1, EVERY))
    fields = [of for of in seen if len(of.rows) > 1]
    observed = [_changes(past, of) for of in fields]
    return {
        **{
            "keys": levels.levels_for(past),
            "family": _family(past),
            "stops": pit_cycle.green_stops(past),
        },
        **{"fields": fields, "came": observed},
    }


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn stints and losses first, then what the circumstances make of places."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    return {
        "typical": typical,
        "ahead": {str(h): _regimes(known, typical, n, h) for n, h in enumerate(AHEAD)},
    }


def forecast(view: View, prior: Prior) -> Forecast:
    """Say how far each running car will have moved."""
    of = field(view)
    if len(of.rows) < 2 or view.finished:
        return nothing(view, AHEAD)
    typical = levels.nearest(prior["typical"], levels.levels_for(view))
    change = np.stack([_quantiles(of, _family(view), typical, prior, h) for h in AHEAD], axis=1)
    place = np.clip(of.place[:, None, None] + change, 1, of.size)
    return _said(view, of, place)


def baseline(view: View, prior: Prior) -> Forecast:  # noqa: ARG001 - nothing is learnt for this
    """Say that every car stays where it is (CurRank)."""
    of = field(view)
    if len(of.rows) < 2 or view.finished:
        return nothing(view, AHEAD)
    stay = np.broadcast_to(of.place[:, None, None], (len(of.rows), len(AHEAD), 19))
    return _said(view, of, stay)


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return the place on that lap of the car's own, NaN if it never ran it."""
    last = view.last[predicted.rows]
    return np.stack([_place(past, predicted.rows, last + h) for h in AHEAD], axis=1)


def groups(past: View, view: View, predicted: Forecast) -> Mapping[str, Bools]:
    """Tell quiet laps, in which nobody stops and no caution is on, from the others."""
    quiet = np.array([_quiet(past, view.lap, view.lap + h) for h in AHEAD])
    quiet = np.broadcast_to(quiet, predicted.value.shape).copy()
    return {"quiet": quiet, "stops or caution": ~quiet}


def _said(view: View, of: Field, place: Floats) -> Forecast:
    n = of.last.astype(np.float64)
    low, high = place[..., DOUBT], place[..., len(LEVELS) - 1 - DOUBT]
    value = np.clip(of.place[:, None], low, high)
    return Forecast(view.lap, of.rows, np.array(AHEAD), value, n, K / (K + n), np.array(place))


def _family(view: View) -> str:
    """Races in which places move alike: by series, and by how cars run there."""
    family = families.of_series(view.series)
    if family != "nascar":
        return family
    return f"nascar/{view.track_type if view.track_type in _APART else 'oval'}"


_APART = ("superspeedway", "road", "dirt")


def _now(of: Field) -> str:
    """What is going on: the first laps of a caution, later ones, a restart, green."""
    if of.yellow >= 0:
        return "yellow" if of.yellow >= 2 else f"yellow {of.yellow}"
    return "restart" if of.since <= RESTART else "green"


def _regimes(known: Sequence[Sample], typical: Prior, column: int, ahead: int) -> Prior:
    cases: dict[str, list[tuple[Floats, Floats]]] = {"": []}
    for of_race in known:
        of_track = levels.nearest(typical, of_race["keys"])
        for of, observed in zip(of_race["fields"], of_race["came"], strict=True):
            there = ~np.isnan(observed[:, column])
            x, y = _circumstances(of, of_track, ahead)[there], observed[there, column]
            for regime in (f"{of_race['family']} {_now(of)}", _now(of), ""):
                cases.setdefault(regime, []).append((x, y))
    cases[""] = cases[""][:: max(1, len(cases[""]) // 1000)]  # a sample will do for a last resort
    return binned.regimes(cases, CLIP)


def _quantiles(of: Field, family: str, typical: Floats, prior: Prior, ahead: int) -> Floats:
    regime = levels.nearest(prior["ahead"][str(ahead)], (f"{family} {_now(of)}", _now(of), ""))
    return binned.quantiles(_circumstances(of, typical, ahead), regime)


def _circumstances(of: Field, typical: Floats, ahead: int) -> Floats:
    """What may move a car, shape (m, 20): stops, pace, habit, and where it runs."""
    due = pit_cycle.cycle(of, typical, ahead)
    behind = of.behind_s[:, None] - of.behind_s
    near = np.exp(-abs(behind) / 3.0) * ~np.eye(len(of.rows), dtype=bool)
    around = (near @ due.used) / np.maximum(near.sum(axis=1), 1e-9)
    lap_s = of.lap_s if of.lap_s == of.lap_s else 60.0
    rel = of.place / of.size
    habit = np.clip(of.place - of.usual, -15, 15) * of.last / (K + of.last)
    used = due.used - due.used.mean()
    fresh_tyres = (of.age > 0) & (of.age < 12) & of.stops_known
    return np.stack(
        (
            np.ones(len(of.rows)),
            *(due.gain, due.cost, due.in_now, due.out_now, due.chance - due.chance.mean()),
            _passes(of, behind, lap_s, ahead),
            *(habit, habit * min(of.since, 20) / 20, of.pace[:, 1], of.pace[:, 0]),
            *(rel - 0.5, (rel - 0.5) ** 2, used, due.used - around, used * rel),
            *(fresh_tyres * 1.0, of.stopped * 1.0, of.fresh * 1.0),
            *(np.minimum(of.down, 5), (of.place - of.grid) / 10, of.place - of.standing),
        ),
        axis=1,
    )


def _passes(of: Field, behind: Floats, lap_s: float, ahead: int) -> Floats:
    """Places that pace alone would change, if a faster car gains half of what it could."""
    gained = 0.6 * ahead * (of.pace[:, None, 1] - of.pace[:, 1]) / 100 * lap_s
    width = 0.6 + 0.12 * ahead
    change = _beyond((behind + gained) / width) - _beyond(behind / width)
    return np.asarray(change.sum(axis=1))


def _beyond(z: Floats) -> Floats:
    """The normal distribution function, near enough (error below 0.01)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(1.702 * z, -30, 30))))


def _changes(past: View, of: Field) -> Floats:
    later = [_place(past, of.rows, of.last + h) for h in AHEAD]
    return np.asarray(np.stack(later, axis=1) - of.place[:, None])


def _place(past: View, rows: Ints, lap: Ints) -> Floats:
    there = lap < past.place.shape[1]
    found = past.place[rows, np.where(there, lap, 0)]
    return np.asarray(np.where(there & (found > 0), found, np.nan))


def _quiet(past: View, begin: int, end: int) -> bool:
    stops, first, last = past.stops[:, LAP], past.cautions[:, FIRST], past.cautions[:, 2]
    stopped = ((stops >= begin) & (stops <= end)).any()
    under = ((first <= end) & ((last >= begin) | (last < 0))).any()
    return not (stopped or under)

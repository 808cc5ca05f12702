"""Where each car would be on leaving its pits, if it stopped now under green: place, neighbours.

Its own loss is history's at the track and this race's, and others are passed as it takes
longer or shorter; some of them stop as well, or are about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import families, green_stops, levels, pit_cycle, poisson_binomial
from pitlive.race.forecasting.protocol import (
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.rejoining import ON, Rejoining, ahead, learn, rejoining, seen
from pitlive.race.forecasting.view import View

name = "rejoin"
unit = "place"
kind: ForecastKind = "places"
groups = ungrouped

AHEAD = (ON,)

STRENGTH = 30.0
"""Stops at a track that weigh as much as those of its type."""

FEWEST = 200
"""Stops without which a family is not fitted by itself."""

K = 6.0
"""Stops of this race that weigh as much as history."""

MISSED = (0.5, 3.0)
"""Loss, in times of what is usual, that is a stop and not a retirement."""

UNKNOWN_S = 30.0
"""Loss of a stop where none was ever seen [s]."""

WIDE = 13
"""Things that `seen` says of another car."""

PARTS = (np.arange(7) + 0.5) / 7
"""Levels of what the stop itself may cost, each as likely as the other."""

ENOUGH = 25
"""Stops that a level needs for a median of its own, for the baseline."""


def sample(past: View) -> Sample:
    """Return what stops cost, and for each what the others did meanwhile."""
    if not past.flagged or not len(past.stops):
        return {}
    cost = green_stops.losses(past)
    stints = pit_cycle.green_stops(past)
    return {"keys": levels.levels_for(past), "stops": stints, "cost": cost, "cases": _cases(past)}


def _cases(past: View) -> list[dict[str, Any]]:
    """Return the cars about to stop, lap by lap, and what the field did until they were back."""
    by_lap: dict[int, list[tuple[int, int]]] = {}
    stops = green_stops.under_green(past)
    for row, into in stops[stops[:, 1] < past.lap].tolist():
        lap = int(np.searchsorted(past.lead_at, past.at[row, into - 1]))
        if 1 < lap < past.lap and past.at[row, into - 1] >= 0:
            by_lap.setdefault(lap, []).append((row, into))
    found = (_case(past, past.until(lap), stops) for lap, stops in by_lap.items())
    return [case for case in found if case]


def _case(past: View, view: View, stops: list[tuple[int, int]]) -> dict[str, Any]:
    if not view.is_racing or (cars := rejoining(view)) is None:
        return {}
    column = {row: n for n, row in enumerate(cars.of.rows.tolist())}
    soon = [(column[row], into + 1) for row, into in stops if row in column]
    who, lap = (np.array([stop[n] for stop in soon], np.int64) for n in (0, 1))
    right = lap == cars.of.last[who] + ON
    who, lap = who[right], lap[right]
    if not len(who):
        return {}
    cars = cars.only(who)
    rows = cars.of.rows
    observed = (
        np.where(past.at[rows, lap[:, None]] >= 0, past.at[rows, lap[:, None]], np.nan) / 1000
    )
    own = observed[np.arange(len(who)), who]
    alone = past.at[rows[who], lap - ON] / 1000 + ON * cars.pace_s[who]
    delay = observed - (alone[:, None] - cars.behind_s)
    into = green_stops.in_laps(past)[rows]
    between = np.arange(past.lap + 1) > cars.of.last[:, None]
    each = [
        np.where((into & between)[:, :end].any(axis=1), 1.0, 2.0 * into[:, end])
        for end in lap.tolist()
    ]
    sample = {"cars": cars, "loss": own - alone, "delay": delay, "stopped": np.array(each)}
    return {**sample, "cost": green_stops.losses(view)}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what stops cost where, by how much that misses, and what others do meanwhile."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    usual = levels.rates(
        [(s["keys"], float(s["cost"].sum()), float(len(s["cost"]))) for s in known], STRENGTH
    )
    cases: dict[str, list[Any]] = {}
    for s in known:
        stint, cost = float(levels.nearest(typical, s["keys"])[0]), levels.nearest(usual, s["keys"])
        for key in families.by_series(s["keys"]):
            cases.setdefault(key, []).append((s, stint, cost))
    found = {"": _learn([])} | {
        key: _learn(of) for key, of in cases.items() if not key or _stops(of) >= FEWEST
    }
    return {"typical": typical, "usual": usual, "median": _medians(known), "families": found}


def _stops(of: Sequence[tuple[Sample, float, float]]) -> int:
    return sum(len(case["loss"]) for s, _, _ in of for case in s["cases"])


def _medians(known: Sequence[Sample]) -> Prior:
    by_key: dict[str, list[Floats]] = {}
    for s in known:
        for key in s["keys"]:
            by_key.setdefault(key, []).append(s["cost"])
    joined = {key: np.concatenate(of) for key, of in by_key.items()}
    medians = {key: float(np.median(of)) for key, of in joined.items() if len(of) >= ENOUGH}
    return {"": UNKNOWN_S} | medians


def _learn(of: Sequence[tuple[Sample, float, float]]) -> Prior:
    parts: list[tuple[Floats, ...]] = [(np.empty((0, WIDE)), *np.empty((6, 0)))]
    missed = []
    for s, stint, cost in of:
        for case in s["cases"]:
            cars, loss = case["cars"], _expected(cost, case["cost"])
            size = case["delay"].shape
            others = np.isfinite(cars.behind_s) & ~np.isnan(case["delay"])
            others[np.arange(size[0]), cars.who] = False
            wide = [
                np.broadcast_to(a, size)[others]
                for a in (
                    cars.doing,
                    cars.could_stop,
                    case["stopped"],
                    case["delay"],
                    cars.pace_s,
                    loss,
                )
            ]
            parts.append((seen(cars, stint)[others], *wide))
            missed.append(case["loss"] / loss)
    joined = [np.concatenate([part[n] for part in parts]) for n in range(7)]
    ratio = np.concatenate([np.ones(1), *missed])
    ratio = ratio[(ratio > MISSED[0]) & (ratio < MISSED[1])]
    return {**learn(*joined), "misses": np.quantile(ratio, PARTS)}


def _expected(usual: float, cost: Floats) -> float:
    """Return what a stop will cost [s], from history and the stops of this race so far."""
    middle = float(np.median(cost)) if len(cost) else 0.0
    return (K * (usual or UNKNOWN_S) + len(cost) * middle) / (K + len(cost))


def forecast(view: View, prior: Prior) -> Forecast:
    """Let every car stop, and count who will be past by the time it is back."""
    cars = rejoining(view) if view.is_racing else None
    if cars is None:
        return nothing(view, AHEAD)
    keys = levels.levels_for(view)
    stint, family = (
        float(levels.nearest(prior["typical"], keys)[0]),
        levels.nearest(prior["families"], families.by_series(keys)),
    )
    cost = green_stops.losses(view)
    loss = _expected(float(levels.nearest(prior["usual"], keys)), cost) * family["misses"]
    chance = ahead(cars, stint, loss, family)
    places = np.zeros((len(cars.who), cars.of.size))
    places[:, : len(cars.of.rows)] = poisson_binomial.counts(chance).mean(axis=1)[:, :-1]
    return _said(view, cars, places, np.asarray(chance.mean(axis=1), np.float64), len(cost))


def baseline(view: View, prior: Prior) -> Forecast:
    """Say where the times of now put each car, and the usual loss of the track."""
    cars = rejoining(view) if view.is_racing else None
    if cars is None:
        return nothing(view, AHEAD)
    loss, behind = float(levels.nearest(prior["median"], levels.levels_for(view))), cars.of.behind_s
    past = (behind[:, None] + loss > behind) & ~np.eye(len(behind), dtype=bool)
    places = np.where(np.arange(cars.of.size) == past.sum(axis=1)[:, None], 1.0, 0.0)
    return _said(view, cars, places, np.where(past, 1.0, 0.0), len(green_stops.losses(view)))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return the place after the out-lap, if the car does come in on this lap, and it is green."""
    lap = np.minimum(view.last[predicted.rows] + ON, past.lap)
    green = {(row, into) for row, into in green_stops.under_green(past).tolist()}
    begun = {(row, into) for row, into, _ in view.stops.tolist()}
    stops = [
        (row, into - 1) for row, into in zip(predicted.rows.tolist(), lap.tolist(), strict=True)
    ]
    observed = np.array([stop in green and stop not in begun for stop in stops], bool)
    place = past.place[predicted.rows, lap]
    return np.where(observed & (place > 0), place, np.nan)[:, None]


def _said(view: View, cars: Rejoining, places: Floats, past: Floats, n: int) -> Forecast:
    below = places.cumsum(axis=1)[:, None]
    quantiles = 1.0 + (below < LEVELS[:, None] - 1e-9).sum(axis=-1)
    seen_here = np.full(len(cars.who), float(n))
    return Forecast(
        lap=view.lap,
        rows=cars.of.rows,
        ahead=np.array(AHEAD),
        value=1.0 + places.argmax(axis=1)[:, None],  # the likeliest: half of it is to hit it
        n=seen_here,
        weight=K / (K + seen_here),
        quantiles=quantiles[:, None],
        chances=places,
        others=_neighbours(cars, past, places.argmax(axis=1) + 1),
    )


def _neighbours(cars: Rejoining, past: Floats, place: Ints) -> Ints:
    """Return the rows of the cars just ahead and just behind, -1 nobody, shape (m, 2).

    Cars are in order of their chance to be ahead, and of equals by how far.
    """
    every = np.arange(len(past))
    past = past.copy()
    past[every, every] = -1.0  # the car itself comes last
    order = np.lexsort((cars.of.standing - cars.behind_s, -past), axis=-1)
    rows = np.append(cars.of.rows[order], np.full((len(past), 1), -1), axis=1)
    rows[every, len(past) - 1] = -1
    ahead_of, behind = np.minimum(place - 2, len(past)), np.minimum(place - 1, len(past))
    return np.stack((rows[every, ahead_of], rows[every, behind]), axis=1)

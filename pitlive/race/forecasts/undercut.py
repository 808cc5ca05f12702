"""Whether a car gets past the one ahead by stopping before it (undercut), or after it (overcut).

What stopping first was worth at the track and in this race, against the time between the
two, their pace and their tyres. Either chance is of gaining if both stop within some laps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.fits.logistic import logistic, probability
from pitlive.race.forecasting import families, green_stops, levels, pit_cycle
from pitlive.race.forecasting.exchanges import APART, REACH_S, exchanges
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import (
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.splits import dealt
from pitlive.race.forecasting.view import View

name = "undercut"
unit = "probability"
kind: ForecastKind = "chance"
groups = ungrouped

OPTIONS = ("undercut", "overcut")
"""The car behind stops first; the car ahead does."""

WITHIN = APART + 2
"""Laps after which it is known: the first stops on the next lap, and the out-lap counts."""

STRENGTH = 40.0
"""Exchanges at a track that weigh as much as those of its type."""

K = 15.0
"""Exchanges of this race that weigh as much as history."""

BETWEEN = 3
"""Cars between the two up to which an exchange teaches something of neighbours."""

CLIP_S = 8.0
"""Gain beyond which something else happened [s]."""

RIDGE = 8.0
"""Doubt in every coefficient."""

FEWEST = 300
"""Exchanges without which a family is not fitted by itself."""

BINS_S = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
"""Bounds of the time between the two by which the baseline counts."""

NEWEST = 60
"""Stops of this race that are looked back at."""

PARTS = 4
"""History in as many parts: what the tracks of a part are worth is learnt from the others."""

GAP, PACE, LATELY, AGE, RIVAL_AGE, LEFT, PLACE, CARS, LAP_S, GAINED, N, CREW = range(12)
"""What `_seen` returns of two cars."""


def sample(past: View) -> Sample:
    """Return what stopping first was worth, and what was known of each pair before."""
    if not past.flagged or not len(past.stops):
        return {}
    pairs = exchanges(past)
    lap = pairs.begin - 1
    cars = [_between(past, *pair) for pair in zip(pairs.first, pairs.later, lap, strict=True)]
    near = np.array(cars, np.int64) <= BETWEEN
    pairs, lap = pairs.only(near), lap[near]
    under = pairs.before_s > 0
    behind = np.where(under, pairs.first, pairs.later)
    ahead = np.where(under, pairs.later, pairs.first)
    observed = np.where(under, pairs.after_s < 0, pairs.after_s > 0) * 1.0
    seen, known = _looked(past, behind, ahead, lap)
    sample = {"seen": seen[known], "under": under[known], "came": observed[known]}
    gained = np.clip(pairs.gained_s, -CLIP_S, CLIP_S)
    return {
        "keys": levels.levels_for(past),
        "stops": pit_cycle.green_stops(past),
        "gained": gained,
        **sample,
    }


def _looked(past: View, behind: Ints, ahead: Ints, lap: Ints) -> tuple[Floats, Bools]:
    """Return what was known of pairs a lap before it began, shape (n, 12), and whether it was."""
    when = np.searchsorted(past.lead_at, past.at[behind, lap])
    seen, known = np.zeros((len(lap), CREW + 1)), np.zeros(len(lap), bool)
    for now in np.unique(when[(when > 1) & (when < past.lap)]).tolist():
        view = past.until(now)
        of = field(view)
        at = np.full(len(view.cars), -1)
        at[of.rows] = np.arange(len(of.rows))
        these = np.flatnonzero((when == now) & (at[behind] >= 0) & (at[ahead] >= 0))
        if len(these) and view.is_racing:
            seen[these] = _seen(view, of, at[behind[these]], at[ahead[these]])
            known[these] = True
    return seen, known


def _between(view: View, one: int, other: int, lap: int) -> int:
    """Return how many cars crossed between two on a lap."""
    low, high = sorted((view.at[one, lap], view.at[other, lap]))
    return int(((view.at[:, lap] > low) & (view.at[:, lap] < high)).sum())


def _seen(view: View, of: Field, me: Ints, rival: Ints) -> Floats:
    """Return what is known of pairs, by their numbers in the field, shape (n, 12)."""
    lap = np.minimum(of.last[me], of.last[rival])
    at = view.at[of.rows[me], lap], view.at[of.rows[rival], lap]
    gap = np.where((at[0] >= 0) & (at[1] >= 0), (at[0] - at[1]) / 1000, np.nan)
    lap_s = of.lap_s if of.lap_s == of.lap_s else 60.0
    slower = (of.pace[me] - of.pace[rival]) / 100 * lap_s
    so_far = np.clip(exchanges(view, NEWEST).gained_s, -CLIP_S, CLIP_S)
    same, crews = np.ones(len(me)), green_stops.crews(view)
    left = of.left if of.left == of.left else 1e4
    columns = (
        *(gap, slower[:, 1], slower[:, 0], of.age[me], of.age[rival], left * same),
        *(of.place[me] / max(of.size, 1), of.standing[me] - of.standing[rival] - 1, lap_s * same),
        *(so_far.sum() * same, len(so_far) * same, crews[of.rows[me]] - crews[of.rows[rival]]),
    )
    return np.stack(columns, axis=1)


def _circumstances(seen: Floats, stint: float, power: float) -> Floats:
    """Return what the chances hang on, shape (n, 17)."""
    gap, used, rival = seen[:, GAP], seen[:, AGE] / stint, seen[:, RIVAL_AGE] / stint
    worth = (K * power + seen[:, GAINED]) / (K + seen[:, N])
    columns = (
        *(np.ones(len(seen)), gap, np.log(0.2 + np.maximum(gap, 0)), np.maximum(gap - 2, 0)),
        *(worth, np.clip(seen[:, PACE], -2, 2), np.clip(seen[:, LATELY], -2, 2)),
        *(np.clip(used, 0, 1.6), np.clip(rival, 0, 1.6), np.clip(used - rival, -1, 1)),
        *(abs(used - rival) < 0.1, seen[:, PLACE], np.minimum(seen[:, CARS], 4)),
        *(np.minimum(seen[:, LEFT] / stint, 3), np.clip(seen[:, PACE], -2, 2) * gap / 4),
        *(worth * np.minimum(used, 1.2), seen[:, CREW]),
    )
    return np.stack([np.asarray(c, np.float64) for c in columns], axis=1)


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what stopping first is worth where, then what circumstances make of the chance."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    worth = [(s["keys"], float(s["gained"].sum()), float(len(s["gained"]))) for s in known]
    cases: dict[str, list[tuple[Sample, float, float]]] = {"": []}
    parts = dealt([s["keys"] for s in known], PARTS)
    apart = [levels.rates(_others(worth, parts, part), STRENGTH) for part in range(PARTS)]
    for part, s in zip(parts, known, strict=True):
        stint = float(levels.nearest(typical, s["keys"])[0])
        power = levels.nearest(apart[part], s["keys"])
        for key in families.by_series(s["keys"]):
            cases.setdefault(key, []).append((s, stint, power))
    enough = {key: _learn(of) for key, of in cases.items() if not key or _count(of) >= FEWEST}
    return {"typical": typical, "worth": levels.rates(worth, STRENGTH), "families": enough}


def _others(of_races: Sequence[Any], parts: Ints, part: int) -> list[Any]:
    """Return what is not of a part of history."""
    return [of for of, other in zip(of_races, parts, strict=True) if other != part]


def _count(of: Sequence[tuple[Sample, float, float]]) -> int:
    return sum(len(s["came"]) for s, _, _ in of)


def _learn(of: Sequence[tuple[Sample, float, float]]) -> Prior:
    """Return coefficients, and the table of the baseline, for each option."""
    x = np.concatenate([np.empty((0, 17)), *(_circumstances(s["seen"], *by) for s, *by in of)])
    gap = np.concatenate([np.empty(0), *(s["seen"][:, GAP] for s, _, _ in of)])
    under = np.concatenate([np.empty(0, bool), *(s["under"] for s, _, _ in of)])
    observed = np.concatenate([np.empty(0), *(s["came"] for s, _, _ in of)])
    slope, table = {}, {}
    for option, there in zip(OPTIONS, (under, ~under), strict=True):
        there = there & ~np.isnan(x).any(axis=1)
        y, bins = observed[there], np.digitize(gap[there], BINS_S)
        slope[option] = logistic(x[there], y, RIDGE)
        n, hits = (np.bincount(bins, w, minlength=len(BINS_S) + 1) for w in (None, y))
        table[option] = (hits + 2 * (y.mean() if len(y) else 0.3)) / (n + 2)
    return {"slope": slope, "table": table}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say how likely each car is to get past the one ahead, either way."""
    if (pairs := _pairs(view)) is None:
        return nothing(view, (0, 1))
    of, me, rival, seen = pairs
    keys = levels.levels_for(view)
    stint, power = (
        float(levels.nearest(prior["typical"], keys)[0]),
        levels.nearest(prior["worth"], keys),
    )
    family = levels.nearest(prior["families"], families.by_series(keys))
    x = _circumstances(seen, stint, float(power))
    chance = np.stack([probability(x, family["slope"][option]) for option in OPTIONS], axis=1)
    return _said(view, of, me, rival, seen, chance)


def baseline(view: View, prior: Prior) -> Forecast:
    """Say how often it came off from as far behind."""
    if (pairs := _pairs(view)) is None:
        return nothing(view, (0, 1))
    of, me, rival, seen = pairs
    family = levels.nearest(prior["families"], families.by_series(levels.levels_for(view)))
    bins = np.digitize(seen[:, GAP], BINS_S)
    chance = np.stack([family["table"][option][bins] for option in OPTIONS], axis=1)
    return _said(view, of, me, rival, seen, chance)


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return 1 where the car got past, if the exchange began on this lap, else 0; NaN if not."""
    observed = np.full(predicted.value.shape, np.nan)
    begun = {(row, into) for row, into, _ in view.stops.tolist()}
    pairs = exchanges(past)
    rival = predicted.others[:, 0] if predicted.others is not None else predicted.rows
    asked = {
        pair: n for n, pair in enumerate(zip(predicted.rows.tolist(), rival.tolist(), strict=True))
    }
    for first, later, begin, _, before, after in zip(*(of.tolist() for of in pairs), strict=True):
        me, other = (first, later) if before > 0 else (later, first)
        n = asked.get((me, other))
        if n is not None and view.last[me] == begin - 1 and (first, begin) not in begun:
            observed[n, int(before <= 0)] = (after > 0) != (before > 0)
    return observed


Pairs = tuple[Field, Ints, Ints, Floats]


def _pairs(view: View) -> Pairs | None:
    """Return the running cars close behind another one of which neither is about a stop."""
    of = field(view)
    if not view.is_racing or len(of.rows) < 2 or not of.stops_known:
        return None
    order = np.argsort(of.standing)
    me, rival = order[1:], order[:-1]
    seen = _seen(view, of, me, rival)
    out = ~(of.stopped | of.fresh)
    near = (seen[:, GAP] > 0) & (seen[:, GAP] <= REACH_S) & out[me] & out[rival]
    me, rival = me[near], rival[near]
    return (of, me, rival, seen[near]) if len(me) else None


def _said(view: View, of: Field, me: Ints, rival: Ints, seen: Floats, chance: Floats) -> Forecast:
    n = seen[:, N]
    others = of.rows[rival][:, None]
    weight = K / (K + n)
    return Forecast(
        view.lap, of.rows[me], np.arange(2), chance, n, weight, options=OPTIONS, others=others
    )

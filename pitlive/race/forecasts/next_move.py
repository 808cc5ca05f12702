"""What each car will do at the next caution: stop or stay, and with how many tyres.

Under green: if a caution came out now. While one is on: whether the car stops under it yet.
Tyres are said for the case that it stops. `pit_hazard` has the stops under green.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pitlive.numerics import Floats
from pitlive.numerics.fits.logistic import logistic, probability
from pitlive.race.forecasting import caution_stops as cs
from pitlive.race.forecasting import drivers, levels, pit_cycle
from pitlive.race.forecasting.families import doubt, of_series
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import (
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    by_flag,
    nothing,
)
from pitlive.race.forecasting.view import FIRST, LAST, View

name = "next_move"
unit = "probability"
kind: ForecastKind = "chance"
groups = by_flag

OPTIONS = ("at_caution", "none", "two", "four")

WITHIN = 5
"""Laps in which a caution has to come out for what was said under green to be scored."""

STRENGTH = 150.0
"""Stops at a track that weigh as much as those of its type."""

RIDGE = 3.0
"""Doubt in every coefficient."""

FEWEST = 3000
"""Cases without which a regime is not fitted, and the next wider one speaks."""

OWN = 200
"""The same of a family of series: it is more like itself on the whole than like another."""

LOOKED = 6
"""Laps of a caution that are learnt from: later ones are all the same."""

FEW = 4
"""One case in so many is enough for the regimes of all series, a last resort."""

EDGES = np.array([0.02, 0.08, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.8, 1.0, 1.2])
"""Bounds of the share of the stint run by which the baseline counts."""

KNOTS = (0.06, 0.15, 0.3, 0.5, 0.8)
"""Shares of a stint at which the chance may bend."""

LAPS = (1, 3, 6, 10, 20, 40)
"""Laps left, of the race and of the stage, within which things change."""

WIDE = 47
"""Circumstances of a case, the driver's habit last."""


def sample(past: View) -> Sample:
    """Return cars before and under every caution, and what they did."""
    if not past.flagged or not len(past.stops):
        return {}
    looks = [(cs.now(view), of, _case(past, view, of)) for view, of in _looks(past)]
    about = {
        "keys": levels.levels_for(past),
        "stops": pit_cycle.green_stops(past),
        "drivers": drivers.driver_keys(past),
    }
    return {**about, "looks": [(now, of.rows, *case) for now, of, case in looks]}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn what circumstances make of the chance, then what drivers make of it, then again."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    twos = levels.rates([_twos(s) for s in known], STRENGTH)
    green = [{**s, "looks": [look for look in s["looks"] if look[0] == "green"]} for s in known]
    raw = _moves(green, typical, [{} for _ in known], {})
    habits = [_habits(s, typical, raw) for s in known]
    moves = _moves(known, typical, habits, drivers.fit(habits))
    about = {"typical": typical, "twos": twos, "drivers": drivers.fit(habits)}
    return {**about, "moves": moves, "tires": _tires(known, typical, twos)}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say how likely each running car is to stop, by all that is seen of it."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, range(len(OPTIONS)))
    keys = levels.levels_for(view)
    habit = drivers.ratings(drivers.driver_keys(view), prior["drivers"])[of.rows]
    x = _circumstances(cs.seen(view, of), _stint(prior, keys), habit)
    stops = probability(x, levels.nearest(prior["moves"], _regimes(keys, cs.now(view)))["slope"])
    return _said(view, of, stops, _of_tires(x, prior, keys))


def baseline(view: View, prior: Prior) -> Forecast:
    """Say how often cars did that had run as much of the stint usual at the track."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, range(len(OPTIONS)))
    keys = levels.levels_for(view)
    bins = np.digitize(of.age / _stint(prior, keys), EDGES)
    moves = levels.nearest(prior["moves"], _regimes(keys, cs.now(view)))
    tires = prior["tires"].get(_speaker(prior, keys))
    table = tires["table"][bins] if tires else np.full((len(bins), cs.KINDS), np.nan)
    return _said(view, of, moves["table"][bins], table)


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return whether each car stopped under the caution, and if so, which tyres it took.

    NaN where no caution came out within five laps, and for cars that stopped before it.
    """
    stopped, tires = cs.observed(past, view, predicted.rows, WITHIN)
    took = np.where(tires[:, None] >= 0, tires[:, None] == np.arange(cs.KINDS), np.nan)
    return np.column_stack((stopped, took))


def _looks(past: View) -> Iterator[tuple[View, Field]]:
    laps: set[int] = set()
    for first, last in past.cautions[:, [FIRST, LAST]].tolist():
        laps |= {first - 5, first - 3, first - 1, *range(first, min(last, first + LOOKED))}
    for lap in sorted(laps):
        if 0 < lap < past.lap:
            view = past.until(lap)
            of = field(view)
            if _known(view, of):
                yield view, of


def _case(past: View, view: View, of: Field) -> tuple[Floats, Floats, Floats]:
    stopped, tires = cs.observed(past, view, of.rows, WITHIN)
    return cs.seen(view, of), stopped, tires.astype(np.float32)


def _known(view: View, of: Field) -> bool:
    return view.flagged and not view.finished and len(of.rows) > 0


def _regimes(keys: Sequence[str], now: str) -> tuple[str, ...]:
    """Cars alike, the nearest first: in this series, in its family, anywhere."""
    return (f"{keys[2]} {now}", f"{of_series(keys[2])} {now}", now, "")


def _speaker(prior: Prior, keys: Sequence[str]) -> str:
    """Return whose tyres are like those of a race: nobody's where history is there without."""
    family = of_series(keys[2])
    heard = any(key.startswith(f"{family} ") for key in prior["moves"])
    own = keys[2] if keys[2] in prior["tires"] else family
    return own if heard or own in prior["tires"] else ""


def _stint(prior: Prior, keys: Sequence[str]) -> float:
    return float(levels.nearest(prior["typical"], keys)[0])


def _said(view: View, of: Field, stops: Floats, tires: Floats) -> Forecast:
    n = np.full(len(of.rows), float(len(view.cautions)))
    value, ahead = np.column_stack((stops, tires)), np.arange(len(OPTIONS))
    weight = np.ones(len(of.rows))  # of this race only what is going on is known, no habits
    return Forecast(view.lap, of.rows, ahead, value, n, weight, options=OPTIONS)


def _circumstances(seen: Floats, stint: float, habit: Floats) -> Floats:
    """Return what the chance hangs on, shape (m, WIDE)."""
    s = seen.astype(np.float64)
    used = np.minimum(s[:, cs.AGE] / stint, 1.5)
    left, stage = s[:, cs.LEFT], s[:, cs.STAGE]
    reach = np.clip((s[:, cs.AGE] + left) / stint, 0.0, 3.0)
    back = np.minimum(s[:, cs.PLACE], 40) / 40
    fresh = s[:, cs.CAME] > 0
    bends = np.maximum(used[:, None] - np.array(KNOTS), 0.0)
    ends = np.concatenate([of[:, None] <= np.array(LAPS) for of in (left, stage)], axis=1)
    columns = (
        *(np.ones(len(s)), used, *bends.T, *ends.T, reach <= 1.0, np.maximum(1.0 - reach, 0.0)),
        *(back, s[:, cs.PLACE] <= 1, s[:, cs.PLACE] <= 5, back * used, back**2, s[:, cs.REL]),
        *(s[:, cs.DOWN] > 0, s[:, cs.DOWN], fresh, s[:, cs.CAME] > 1, s[:, cs.IN]),
        *(
            s[:, cs.AHEAD],
            s[:, cs.CLOSE],
            s[:, cs.SHARE],
            s[:, cs.SHARE] * used,
            s[:, cs.SHARE] > 0.2,
        ),
        *(s[:, cs.OLDER], s[:, cs.OLDER] * back, s[:, cs.OLDER] ** 2),
        *(np.minimum(s[:, cs.MIDDLE] / stint, 1.5), s[:, cs.PLANNED], s[:, cs.PLANNED] * used),
        *(np.minimum(s[:, cs.SINCE], 40) / 40, s[:, cs.SINCE] <= 5, s[:, cs.AGE] <= 5),
        habit,
    )
    return np.stack([np.asarray(c, np.float64) for c in columns], axis=1)


def _moves(
    known: Sequence[Sample], typical: Prior, habits: Sequence[Mapping[str, float]], rated: Prior
) -> dict[str, Prior]:
    """Fit every regime that history has enough of: coefficients, and the baseline's table."""
    cases: dict[str, list[tuple[Floats, Floats, Floats]]] = {}
    for s, own in zip(known, habits, strict=True):
        rating = drivers.ratings(s["drivers"], rated, but=own)
        stint = float(levels.nearest(typical, s["keys"])[0])
        for now, rows, seen, stopped, _ in s["looks"]:
            there = ~np.isnan(stopped)
            x = _circumstances(seen, stint, rating[rows])[there]
            y = stopped[there]
            for key in dict.fromkeys(_regimes(s["keys"], now)[:2]):
                cases.setdefault(key, []).append((x, y, x[:, 1]))
            cases.setdefault(now, []).append((x[::FEW], y[::FEW], x[::FEW, 1]))
    families = {f"{of_series(s['keys'][2])} {look[0]}" for s in known for look in s["looks"]}
    found = {
        key: _fitted(of)
        for key, of in cases.items()
        if sum(len(c[1]) for c in of) >= (OWN if key in families else FEWEST)
    }
    none = {"slope": np.zeros(WIDE), "table": np.full(len(EDGES) + 1, 0.5)}
    return {"": none, **found}


def _fitted(cases: Sequence[tuple[Floats, Floats, Floats]]) -> Prior:
    x, y, used = (np.concatenate([case[n] for case in cases]) for n in range(3))
    return {"slope": logistic(x, y, doubt(len(y), WIDE, RIDGE, FEWEST)), "table": _table(used, y)}


def _table(used: Floats, y: Floats) -> Floats:
    """Return how often it came true by the share of the stint run, 2 cases of the mean added."""
    bins = np.digitize(used, EDGES)
    n, hits = (np.bincount(bins, w, minlength=len(EDGES) + 1) for w in (None, y))
    return np.asarray((hits + 2 * y.mean()) / (n + 2))


def _habits(of_race: Sample, typical: Prior, moves: Prior) -> dict[str, float]:
    """Return how much oftener each driver stopped in a race than cars like his do."""
    size = len(of_race["drivers"])
    total, n = np.zeros(size), np.zeros(size)
    stint = float(levels.nearest(typical, of_race["keys"])[0])
    for now, rows, seen, stopped, _ in of_race["looks"]:
        if now == "green":
            x = _circumstances(seen, stint, np.zeros(len(rows)))
            slope = levels.nearest(moves, _regimes(of_race["keys"], now))["slope"]
            off = stopped - probability(x, slope)
            total[rows] += np.nan_to_num(off)
            n[rows] += ~np.isnan(off)
    mean = total / np.maximum(n, 1)
    return {key: float(mean[row]) for row, key in enumerate(of_race["drivers"]) if key and n[row]}


def _twos(of_race: Sample) -> tuple[list[str], float, float]:
    """Return how many stops of a race were for two tyres, and for any number that is known."""
    took = np.concatenate([look[4] for look in of_race["looks"]] or [np.empty(0)])
    return of_race["keys"], float((took == 1).sum()), float((took >= 0).sum())


def _tires(known: Sequence[Sample], typical: Prior, twos: Mapping[str, float]) -> dict[str, Prior]:
    """Learn who takes two tyres, by series and its family, where the data has tyres."""
    cases: dict[str, list[tuple[Floats, Floats, Floats]]] = {}
    for s in known:
        stint = float(levels.nearest(typical, s["keys"])[0])
        for _, rows, seen, _, took in s["looks"]:
            there = took >= 0
            x = _circumstances(seen, stint, np.full(len(rows), _odds(twos, s["keys"])))[there]
            for key in dict.fromkeys((s["keys"][2], of_series(s["keys"][2]), "")):
                cases.setdefault(key, []).append((x, took[there], x[:, 1]))
    return {key: _kinds(of) for key, of in cases.items() if sum(len(c[1]) for c in of) >= FEWEST}


def _kinds(cases: Sequence[tuple[Floats, Floats, Floats]]) -> Prior:
    x, took, used = (np.concatenate([case[n] for case in cases]) for n in range(3))
    table = np.stack([_table(used, (took == n) * 1.0) for n in range(cs.KINDS)], axis=1)
    return {
        "none": (took == 0).mean(),
        "two": logistic(x, (took == 1) * 1.0, RIDGE),
        "table": table,
    }


def _of_tires(x: Floats, prior: Prior, keys: Sequence[str]) -> Floats:
    """Return the chances of 0, 2, 4 tyres, shape (m, 3); NaN where history has no tyres."""
    tires = prior["tires"].get(_speaker(prior, keys))
    if tires is None:
        return np.full((len(x), cs.KINDS), np.nan)
    x = np.column_stack((x[:, :-1], np.full(len(x), _odds(prior["twos"], keys))))
    none = np.full(len(x), float(tires["none"]))
    two = probability(x, tires["two"]) * (1 - none)
    return np.column_stack((none, two, 1 - none - two))


def _odds(twos: Mapping[str, float], keys: Sequence[str]) -> float:
    """Return how common stops for two tyres are at a track, as log odds."""
    share = min(max(levels.nearest(twos, keys), 1e-3), 0.5)
    return float(np.log(share / (1 - share)))

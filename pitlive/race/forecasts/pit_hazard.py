"""How likely each car is to stop under green in its next 1, 5 and 10 laps.

How far it is into the stint that is usual here, whether those around it have stopped, and
whether it gets to the end without.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.fits.logistic import logistic, probability
from pitlive.race.forecasting import families, levels, pit_cycle, stop_features
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.protocol import (
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    nothing,
    ungrouped,
)
from pitlive.race.forecasting.stop_features import (
    AGE,
    DOWN,
    IN,
    LAST_LAP,
    LATELY,
    LEFT,
    PLACE,
    RATIO,
    SHARE,
    SINCE,
    STAGE,
    UNSTOPPED,
    N,
)
from pitlive.race.forecasting.view import CAR, LAP, View

name = "pit_hazard"
unit = "probability"
kind: ForecastKind = "chance"
groups = ungrouped

AHEAD = (1, 5, 10)

EVERY = 5
"""Laps between two looks at a past race: neighbours teach the same."""

K = 15.0
"""Green stops of this race that weigh as much as the stint of history."""

EDGES = np.array([0.15, 0.3, 0.45, 0.55, 0.65, 0.72, 0.79, 0.86, 0.93, 1.0, 1.07, 1.15, 1.3])
"""Bounds of the share of the stint run by which stops are counted."""

RIDGE = 2.0
"""Doubt in every coefficient."""

FEW = 5
"""One case in so many is enough for the family of all races, a last resort."""

FEWEST = 3000
"""Cases without which a type of track is not fitted by itself."""
KNOTS = (0.3, 0.5, 0.65, 0.75, 0.85, 0.95, 1.05, 1.2)
"""Shares of a stint at which the chance may bend."""

ENDS = (2, 5, 10, 20)
"""Laps to the end of the stage within which it may be worth the wait."""


def sample(past: View) -> Sample:
    """Return cars at every few green laps, and whether they stopped soon."""
    if not past.flagged or not len(past.stops):
        return {}
    seen, observed = [], []
    for lap in range(2, past.lap, EVERY):
        view = past.until(lap)
        if not view.is_racing:
            continue
        of = field(view)
        seen.append(stop_features.seen(view, of))
        observed.append(_came(past, view, of.rows))
    if not seen:
        return {}
    stops = pit_cycle.green_stops(past)
    both = {"seen": np.concatenate(seen), "came": np.concatenate(observed)}
    return {"keys": levels.levels_for(past), "stops": stops, **both}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn stints first, then what the circumstances make of the chance."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    cases: dict[str, list[tuple[Floats, float, Floats]]] = {"": []}
    for of_race in known:
        stint = float(levels.nearest(typical, of_race["keys"])[0])
        for key in families.families_of(of_race["keys"]):
            cases.setdefault(key, []).append((of_race["seen"], stint, of_race["came"]))
    cases[""] = [(seen[::FEW], stint, observed[::FEW]) for seen, stint, observed in cases[""]]
    enough = {
        key: _learn(of)
        for key, of in cases.items()
        if families.enough(key, sum(len(observed) for _, _, observed in of), FEWEST)
    }
    return {"typical": typical, "families": enough}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say how likely a stop is, by all that is seen of each car."""
    of = field(view)
    if not view.is_racing or not len(of.rows):
        return nothing(view, AHEAD)
    stint, family = (
        _stint(view, prior),
        levels.nearest(prior["families"], families.families_of(levels.levels_for(view))),
    )
    x = _circumstances(stop_features.seen(view, of), stint)
    chance = np.stack([probability(x, family["slope"][str(h)]) for h in AHEAD], axis=1)
    return _said(view, of, np.maximum.accumulate(chance, axis=1))


def baseline(view: View, prior: Prior) -> Forecast:
    """Say how often cars stopped that had run as much of the stint usual at the track."""
    of = field(view)
    if not view.is_racing or not len(of.rows):
        return nothing(view, AHEAD)
    family = levels.nearest(prior["families"], families.families_of(levels.levels_for(view)))
    share = stop_features.seen(view, of)[:, AGE] / _stint(view, prior)
    table = np.stack([family["table"][str(h)] for h in AHEAD], axis=1)
    return _said(view, of, table[np.digitize(share, EDGES)])


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return 1 for a car that stopped under green within its laps, else 0.

    NaN where the race ended before these laps did and it had not.
    """
    return _came(past, view, predicted.rows)


def _stint(view: View, prior: Prior) -> float:
    return float(levels.nearest(prior["typical"], levels.levels_for(view))[0])


def _said(view: View, of: Field, chance: Floats) -> Forecast:
    n = np.full(len(of.rows), float(len(stop_features.green_stops(view))))
    return Forecast(view.lap, of.rows, np.array(AHEAD), chance, n, K / (K + n))


def _came(past: View, view: View, rows: Ints) -> Floats:
    """Return whether each car stopped under green within each of AHEAD, NaN unknown."""
    begun = set(map(tuple, view.stops[:, [CAR, LAP]].tolist()))
    last = view.last.tolist()
    soon = np.full(len(view.cars), np.inf)
    for row, lap in reversed(
        stop_features.green_stops(past)[:, [CAR, LAP]].tolist()
    ):  # the next one last
        if lap > last[row] and (row, lap) not in begun:
            soon[row] = lap - last[row]
    hit = soon[rows, None] <= np.array(AHEAD)
    cut = view.lap + np.array(AHEAD) > past.lap
    return np.where(cut & ~hit, np.nan, hit * 1.0)


def _circumstances(seen: Floats, stint: float) -> Floats:
    """Return what the chance hangs on, shape (m, 38)."""
    seen = seen.astype(np.float64)
    known = seen[:, N] / (K + seen[:, N])
    history = seen[:, AGE] / stint
    used = np.clip(history + (seen[:, RATIO] - history) * known, 0.0, 2.0)
    bends = np.maximum(used[:, None] - np.array(KNOTS), 0.0)
    short = np.clip((seen[:, AGE] + seen[:, LEFT]) / stint - 1.0, -0.5, 0.5)
    spare = np.maximum(-short, 0.0)
    to_end = seen[:, STAGE, None] <= np.array(ENDS)
    unstopped, late = seen[:, UNSTOPPED], used > 0.5
    columns = (
        *(np.ones(len(seen)), used, *bends.T, np.minimum(history, 2.0), short, spare),
        *(*to_end.T, *(to_end * used[:, None]).T),
        *(unstopped, seen[:, SHARE], seen[:, SHARE] * unstopped, seen[:, SHARE] * used),
        *(seen[:, LATELY], seen[:, LATELY] * unstopped * late, seen[:, LATELY] * used),
        *(seen[:, LAST_LAP], seen[:, LAST_LAP] * unstopped * late),
        *(np.minimum(seen[:, SINCE], 30) / 30, seen[:, SINCE] <= 4),
        *(seen[:, PLACE], seen[:, PLACE] * used, seen[:, DOWN] / 5, seen[:, IN]),
        *(seen[:, LEFT] <= 10, (seen[:, LEFT] <= 30) * 1.0),
    )
    return np.stack([np.asarray(c, np.float64) for c in columns], axis=1)


def _learn(cases: Sequence[tuple[Floats, float, Floats]]) -> Prior:
    """Return coefficients, and the table of the baseline, for each horizon."""
    if not cases:
        cases = [(np.zeros((1, IN + 1)), 60.0, np.zeros((1, len(AHEAD))))]
    x = np.concatenate([_circumstances(seen, stint) for seen, stint, _ in cases])
    bins = np.concatenate([np.digitize(seen[:, AGE] / stint, EDGES) for seen, stint, _ in cases])
    observed = np.concatenate([of for _, _, of in cases])
    slope: dict[str, Floats] = {}
    table: dict[str, Floats] = {}
    for column, ahead in enumerate(AHEAD):
        there = ~np.isnan(observed[:, column])
        y = observed[there, column]
        ridge = families.doubt(len(y), x.shape[1], RIDGE, FEWEST)
        slope[str(ahead)] = logistic(x[there], y, ridge)
        n = np.bincount(bins[there], minlength=len(EDGES) + 1)
        hits = np.bincount(bins[there], y, minlength=len(EDGES) + 1)
        table[str(ahead)] = (hits + 2 * y.mean()) / (n + 2)
    return {"slope": slope, "table": table}

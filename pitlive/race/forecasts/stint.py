"""Laps until each car stops under green, as is usual here, and until it must be dry.

The stint usual at the track, what is left of the race and of its stage, and whether those
around have stopped make a guess; history says by how much such guesses missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.fits.least_absolute import least_absolute
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import families, levels, pit_cycle, stint_features, stop_features
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.fuel_range import FEW, beyond, longest, ratios
from pitlive.race.forecasting.protocol import (
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    by_flag,
    nothing,
)
from pitlive.race.forecasting.splits import dealt
from pitlive.race.forecasting.stint_features import WIDE, K, circumstances
from pitlive.race.forecasting.view import LAP, View

name = "stint"
unit = "laps"
kind: ForecastKind = "quantity"
groups = by_flag

OPTIONS = ("stop", "dry")

EVERY = 5
"""Laps between two looks at a past race: neighbours teach the same."""

FEWEST = 1500
"""Cases without which a type of track is not fitted by itself."""

FEW_OF_MANY = 4
"""One case in so many is enough for what all series have in common."""

BOUND = 0.02
"""Share of a stint within which a miss counts by its square."""

BINS = np.array([0.08, 0.16, 0.26, 0.38, 0.5, 0.65])
"""Bounds of the guess, in stints, by which misses are told apart."""

PARTS = 4
"""History in as many parts: misses are those on a part that was not learnt from."""

SHARES = (pit_cycle.SHARE, 50, 95)
"""Percentiles of green stints: the typical one, the middle, a long one."""


class StintOutcomes(NamedTuple):
    """What was seen in a race and what came of it, n times.

    Attributes:
        keys: The race, as `levels` gives it.
        x, y: Circumstances, shape (n, WIDE), and what came, (n,), in typical stints of all
            races at the track.
        x_else, y_else: The same in those of the other races at the track.
    """

    keys: Sequence[str]
    x: Floats
    y: Floats
    x_else: Floats
    y_else: Floats


NOTHING = StintOutcomes(
    levels.levels("", "", ""), np.zeros((1, WIDE)), np.zeros(1), np.zeros((1, WIDE)), np.zeros(1)
)
"""Stands in where nothing is known: whatever is seen, a stop has no distance."""


def sample(past: View) -> Sample:
    """Return cars at every few laps, and how soon they stopped under green."""
    if not len(past.stops):
        return {}
    stops = pit_cycle.every_stop(past)
    about = {
        "keys": levels.levels_for(past),
        "stops": pit_cycle.green_stops(past),
        "longest": longest(past),
    }
    cases = [
        (stint_features.seen(view, of), _soon(past, view, of.rows, stops))
        for view, of in _looks(past)
    ]
    seen, observed = ([case[n] for case in cases if len(case[1])] for n in (0, 1))
    return {**about, "seen": np.concatenate(seen), "came": np.concatenate(observed)} if seen else {}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn stints first, then what the circumstances make of them, and by how much that misses.

    Misses are those on races that were left out: of the stints of their track, and of what
    circumstances were said to be worth.
    """
    known = [s for s in samples if s]
    stints = _stints(known)
    cases: dict[str, list[StintOutcomes]] = {"": [NOTHING]}
    long = []
    for s in known:
        track, others = levels.nearest(stints, s["keys"]), _elsewhen(known, s, stints)
        long.append((s["keys"], s["longest"] / track[0]))
        for key in families.all_of(s["keys"]):
            few = 1 if key else FEW_OF_MANY
            cases.setdefault(key, []).append(_case(s, track, others, few))
    n = {key: sum(len(case.y) for case in of) for key, of in cases.items()}
    learnt = {
        key: _learnt(of)
        for key, of in cases.items()
        if families.enough(key, n[key], FEWEST) and families.apart(key, n)
    }
    return {"stints": stints, "reach": ratios(long), "families": learnt}


def forecast(view: View, prior: Prior) -> Forecast:
    """Say when each running car would stop by all that is seen of it."""
    of = field(view)
    if not _known(view, of, prior):
        return nothing(view, range(len(OPTIONS)))
    keys = levels.levels_for(view)
    track = levels.nearest(prior["stints"], keys)
    x = circumstances(stint_features.seen(view, of), track)
    taught = [_laps(x, learnt) for learnt in families.both(prior["families"], keys)]
    return _said(view, of, prior, np.maximum(track[0] * np.mean(taught, axis=0), 1.0))


def _laps(x: Floats, learnt: Prior) -> Floats:
    """Return the laps until each car stops, in stints, at `LEVELS`."""
    score = x @ learnt["slope"]
    return np.asarray(score[:, None] + learnt["misses"][np.digitize(score, BINS)])


def baseline(view: View, prior: Prior) -> Forecast:
    """Say the median stint at the track, less what each car has run of it."""
    of = field(view)
    if not _known(view, of, prior):
        return nothing(view, range(len(OPTIONS)))
    laps = np.maximum(levels.nearest(prior["stints"], levels.levels_for(view))[1] - of.age, 1.0)
    return _said(view, of, prior, np.repeat(laps[:, None], len(LEVELS), axis=1))


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return the laps until the next stop, NaN unless it is one under green.

    Nobody knows when a car would have run dry.
    """
    observed = np.full(predicted.value.shape, np.nan)
    observed[:, 0] = _soon(past, view, predicted.rows, pit_cycle.every_stop(past))
    return observed


def _looks(past: View) -> Iterator[tuple[View, Field]]:
    for lap in range(1, past.lap, EVERY):
        view = past.until(lap)
        yield view, field(view)


def _soon(past: View, view: View, rows: Ints, stops: Floats) -> Floats:
    """Return the laps until the next stop of each car, if that is under green and no repair."""
    stop = stop_features.following(past, view, rows)
    if not len(stops):
        return np.full(len(rows), np.nan)
    real = (stop >= 0) & ~np.isnan(stops[stop, 1])
    return np.where(real, past.stops[stop, LAP] - view.last[rows], np.nan)


def _known(view: View, of: Field, prior: Prior) -> bool:
    """Whether stints can be told: where nobody was seen to stop in time, nobody can."""
    far = FEW * float(levels.nearest(prior["stints"], levels.levels_for(view))[0])
    return len(of.rows) > 0 and not view.finished and (of.stops_known or view.lap < far)


def _stints(known: Sequence[Sample]) -> Prior:
    """Return what `SHARES` of the green stints were shorter than, where there are enough."""
    ages: dict[str, list[Floats]] = {}
    for s in known:
        for key in s["keys"]:
            ages.setdefault(key, []).append(s["stops"][:, 0])
    joined = {key: np.concatenate(of) for key, of in ages.items()}
    enough = {key: of for key, of in joined.items() if len(of) >= pit_cycle.ENOUGH}
    return {"": np.array([60.0, 50.0, 80.0])} | {
        key: np.percentile(of, SHARES) for key, of in enough.items()
    }


def _elsewhen(known: Sequence[Sample], race: Sample, stints: Prior) -> Floats:
    """Return the stints of the other races at the track of one, or of all if there are few."""
    others = [s["stops"][:, 0] for s in known if s["keys"][0] == race["keys"][0] and s is not race]
    if sum(len(of) for of in others) < pit_cycle.ENOUGH:
        return np.asarray(levels.nearest(stints, race["keys"]))
    return np.asarray(np.percentile(np.concatenate(others), SHARES))


def _case(of_race: Sample, track: Floats, others: Floats, few: int) -> StintOutcomes:
    """Return circumstances by all races at the track and by the others, and what came, twice."""
    there = np.flatnonzero(~np.isnan(of_race["came"]))[::few]
    seen, observed = of_race["seen"][there], of_race["came"][there]
    x, x_else = (circumstances(seen, of) for of in (track, others))
    return StintOutcomes(of_race["keys"], x, observed / track[0], x_else, observed / others[0])


def _learnt(cases: Sequence[StintOutcomes]) -> Prior:
    """Return what circumstances are worth, and misses on races left out by size of the guess."""
    slope = _slope(cases)
    score, off = [np.empty(0)], [np.empty(0)]
    parts = dealt([case.keys for case in cases], PARTS).tolist()
    for part in set(parts):
        others = [case for case, of in zip(cases, parts, strict=True) if of != part]
        without = _slope(others) if any(len(case.y) for case in others) else slope
        for case in (case for case, of in zip(cases, parts, strict=True) if of == part):
            score.append(case.x_else @ without)
            off.append(case.y_else - score[-1])
    return {"slope": slope, "misses": _misses(np.concatenate(score), np.concatenate(off))}


def _slope(cases: Sequence[StintOutcomes]) -> Floats:
    x, y = np.concatenate([case.x for case in cases]), np.concatenate([case.y for case in cases])
    return least_absolute(x, y, bound=BOUND, ridge=1.0)


def _misses(score: Floats, off: Floats) -> Floats:
    """Return misses at `LEVELS` for each bin of the score, about their middle."""
    bins = np.digitize(score, BINS)
    parts = [off[bins == n] for n in range(len(BINS) + 1)]
    usable = [part if len(part) > len(LEVELS) else off for part in parts]
    return np.array([np.quantile(part, LEVELS) - np.median(part) for part in usable])


def _said(view: View, of: Field, prior: Prior, laps: Floats) -> Forecast:
    stint = float(levels.nearest(prior["stints"], levels.levels_for(view))[0])
    dry = beyond(view, of, stint * levels.nearest(prior["reach"], levels.levels_for(view)))
    both = np.stack((laps, dry), axis=1)
    n = np.full(len(of.rows), float(len(stop_features.green_stops(view))))
    value = both[:, :, len(LEVELS) // 2]
    ahead = np.arange(len(OPTIONS))
    return Forecast(view.lap, of.rows, ahead, value, n, K / (K + n), both, options=OPTIONS)

"""How long stops take: history at the track, this race's own stops, the crew, and the flag.

Times are compared as per cent off what is usual at the track, so crews are known by what
they do anywhere, and a race by whether its stops are long for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from pitlive.numerics import Floats, Ints
from pitlive.numerics.fits.least_absolute import least_absolute
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import drivers, families, levels, pit_cycle, width
from pitlive.race.forecasting.binned import FeaturesAndOutcome
from pitlive.race.forecasting.protocol import Forecast, Prior, Sample, nothing
from pitlive.race.forecasting.splits import dealt
from pitlive.race.forecasting.timed_stops import (
    AGE,
    BEGIN,
    END,
    LAP,
    LEFT,
    ROW,
    TIME,
    YELLOW,
    Measure,
    coming,
)
from pitlive.race.forecasting.view import View

AHEAD = (5,)
"""Laps within which a stop has to come for what was said of it to be scored."""

STRENGTH = 30.0
"""Stops at a track that weigh as much as those of its type."""

K = 4.0
"""Stops of this race that weigh as much as history."""

K_CAR = 6.0
"""Stops of a car in this race that weigh as much as knowing nothing of it."""

CLIP = 25.0
"""Per cent beyond which a miss is a mishap, and says nothing about the next stop."""

ENOUGH = 40
"""Stops without which a level has no median of its own, for the baseline."""


FEWEST = 300
"""Stops without which a regime is not fitted, and the next wider one speaks."""

OWN = 50
"""Stops of any kind without which a family is not fitted: fewer, and the others speak for it."""

WIDE = 8
"""Things that are seen of a stop to come, as `_seen` gives them."""

KNOWN = 4
"""The column of these that says how much of the race was seen."""

FIRST_STOPS = 8
"""Stops of this race until which it is not known whether its stops are long for all."""

PARTS = 4
"""History in as many parts: what a race is held against is learnt from the others, as it
will be for races to come."""


@dataclass(frozen=True)
class StopTime:
    """A figure of how long the next stop will take; its methods are those of a figure.

    Attributes:
        measure: What is timed.
    """

    measure: Measure

    def sample(self, past: View) -> Sample:
        """Return the stops of a race, and whose they were."""
        stops = past.once(self.measure)
        if not len(stops):
            return {}
        green = pit_cycle.green_stops(past)
        of_race = {"keys": levels.levels_for(past), "drivers": drivers.driver_keys(past)}
        return {**of_race, "stops": stops, "green": green}

    def fit(self, samples: Sequence[Sample]) -> Prior:
        """Learn what is usual where, then crews, then what follows from what was seen.

        For this, what is usual in a race and for its crews is learnt from other parts.
        """
        known = [s for s in samples if s]
        part = dealt([s["keys"] for s in known], PARTS)
        typical = pit_cycle.fit((s["keys"], s["green"]) for s in known)
        off = _apart(known, part)
        crews = [_by_crew(s, of) for s, of in zip(known, off, strict=True)]
        rated = [drivers.fit(_others(crews, part, own)) for own in range(PARTS)]
        cases: dict[str, list[FeaturesAndOutcome]] = {"": [(np.empty((0, WIDE)), np.empty(0))]}
        of_races: list[list[tuple[tuple[str, ...], FeaturesAndOutcome]]] = []
        for n, (s, of) in enumerate(zip(known, off, strict=True)):
            rating = drivers.ratings(s["drivers"], rated[part[n]])
            stint = float(levels.nearest(typical, s["keys"])[0])
            x = _seen(s["stops"], s["stops"], of, rating, stint)
            first = x[:, KNOWN] < FIRST_STOPS / (FIRST_STOPS + K)
            of_races.append([])
            for yellow, early in product((False, True), repeat=2):
                there = ((s["stops"][:, YELLOW] > 0) == yellow) & (first == early)
                regimes = _regimes(s["keys"][2], yellow, early)
                of_races[-1].append((regimes, (x[there], of[there])))
                for regime in dict.fromkeys(regimes):
                    cases.setdefault(regime, []).append((x[there], of[there]))
        learnt = _learn(cases)
        missed = [_missed(of, learnt) for of in of_races]
        return {
            "typical": typical,
            "usual": levels.rates([_usual(s) for s in known], STRENGTH),
            "median": _medians(known),
            "crews": drivers.fit(crews),
            "off": learnt,
            "width": width.fit([(s["keys"], of) for s, of in zip(known, missed, strict=True)]),
        }

    def forecast(self, view: View, prior: Prior) -> Forecast:
        """Say how long a stop of each running car would take under the flag of now."""
        keys = levels.levels_for(view)
        usual = levels.nearest(prior["usual"], keys)
        stops, rows = view.once(self.measure), _rows(view)
        if not len(rows) or not usual:
            return nothing(view, AHEAD)
        rating = drivers.ratings(drivers.driver_keys(view), prior["crews"])
        stint = float(levels.nearest(prior["typical"], keys)[0])
        off = 100 * (stops[:, TIME] / usual - 1)
        x = _seen(coming(view, rows), stops, off, rating, stint)
        regime = levels.nearest(
            prior["off"], _regimes(view.series, view.yellow, len(stops) < FIRST_STOPS)
        )
        percent = width.stretched(_spread(x, regime), levels.nearest(prior["width"], keys))
        times = usual * (1 + percent / 100)
        return _said(view, rows, times, len(stops))

    def baseline(self, view: View, prior: Prior) -> Forecast:
        """Say the median of past races at the track."""
        rows = _rows(view)
        median = levels.nearest(prior["median"], levels.levels_for(view))
        times = np.full((len(rows), len(LEVELS)), float(median))
        return _said(view, rows, times, len(view.once(self.measure)))

    def outcome(self, past: View, view: View, predicted: Forecast) -> Floats:
        """Return how long the next full stop took, if it came soon and under the flag of then."""
        observed = np.full((len(predicted.rows), 1), np.nan)
        column = {row: n for n, row in enumerate(predicted.rows.tolist())}
        begun = {(int(row), int(lap)) for row, lap in view.stops[:, :2]}
        for stop in past.once(self.measure)[::-1].tolist():  # the next one last, so that it stays
            row, lap = int(stop[ROW]), int(stop[LAP])
            soon = 0 < lap - view.last[row] <= AHEAD[0] and (row, lap) not in begun
            if row in column and soon and bool(stop[YELLOW]) == view.yellow:
                observed[column[row]] = stop[TIME]
        return observed


def _rows(view: View) -> Ints:
    return np.flatnonzero(view.running & (not view.finished))


def _said(view: View, rows: Ints, times: Floats, n: int) -> Forecast:
    seen = np.full(len(rows), float(n))
    value, ahead = times[:, 9:10], np.array(AHEAD)
    return Forecast(view.lap, rows, ahead, value, seen, K / (K + seen), times[:, None])


def _usual(of_race: Sample) -> tuple[list[str], float, float]:
    times = of_race["stops"][:, TIME]
    return of_race["keys"], float(np.median(times)) * len(times), float(len(times))


def _others(of_races: Sequence[Any], part: Ints, own: int) -> list[Any]:
    """Return what is not of a part."""
    return [of for of, other in zip(of_races, part, strict=True) if other != own]


def _apart(known: Sequence[Sample], part: Ints) -> list[Floats]:
    """Return how far the stops of each race were off what others say is usual [%]."""
    usual = [_usual(s) for s in known]
    rates = [levels.rates(_others(usual, part, own), STRENGTH) for own in range(PARTS)]
    return [
        _off(s["stops"], levels.nearest(rates[own], s["keys"]))
        for s, own in zip(known, part, strict=True)
    ]


def _off(stops: Floats, usual: float) -> Floats:
    """Return how far each stop was off what is usual, if anything is [%], shape (k,)."""
    times = stops[:, TIME]
    return np.asarray(100 * (times / (usual or np.median(times)) - 1))


def _by_crew(of_race: Sample, off: Floats) -> dict[str, float]:
    """Return how far each crew, known by its driver, was off the others in a race [%]."""
    against = np.clip(off - np.median(off), -CLIP, CLIP)
    of_row = of_race["stops"][:, ROW]
    found = {of_race["drivers"][int(row)]: against[of_row == row].mean() for row in set(of_row)}
    return {driver: float(of) for driver, of in found.items() if driver}


def _medians(known: Sequence[Sample]) -> Prior:
    times: dict[str, list[Floats]] = {"": [np.array([30_000.0])]}
    for of_race in known:
        for key in of_race["keys"]:
            times.setdefault(key, []).append(of_race["stops"][:, TIME])
    joined = {key: np.concatenate(of) for key, of in times.items()}
    return {key: float(np.median(of)) for key, of in joined.items() if len(of) >= ENOUGH or not key}


def _learn(cases: Mapping[str, Sequence[tuple[Floats, Floats]]]) -> dict[str, Prior]:
    """Return what is seen is worth, and by how much that missed, where there is enough."""
    found: dict[str, Prior] = {}
    for name, of in cases.items():
        x, y = (np.concatenate([pair[n] for pair in of]) for n in (0, 1))
        if len(y) >= (OWN if name.endswith(" any") else FEWEST if name else 1):
            slope = least_absolute(x, np.clip(y, -CLIP, CLIP), bound=CLIP / 12)
            misses = np.quantile(y - x @ slope, LEVELS)
            found[name] = {"slope": slope, "misses": misses}
    return found or {"": {"slope": np.zeros(WIDE), "misses": np.zeros(len(LEVELS))}}


def _spread(x: Floats, regime: Prior) -> Floats:
    """Return the quantiles of how far stops are off [%], shape (m, 19)."""
    return np.asarray((x @ regime["slope"])[:, None] + regime["misses"])


def _missed(of_race: Sequence[tuple[Sequence[str], FeaturesAndOutcome]], learnt: Prior) -> Floats:
    """Return how far the stops of a race were from what would have been said of them."""
    found = [
        width.misses(off, _spread(x, levels.nearest(learnt, regimes)))
        for regimes, (x, off) in of_race
    ]
    return np.concatenate(found)


def _regimes(series: str, yellow: bool, early: bool) -> tuple[str, ...]:
    """Stops alike, the nearest first: in this series, in its family, anywhere.

    A series that has few of a kind is more like its own others than like those of another.
    """
    now = f"{'yellow' if yellow else 'green'}{' early' if early else ''}"
    family = families.of_series(series)
    own = f"{series} {now}", f"{series} any"
    return (*own, f"{family} {now}", f"{family} any", now, "")


def _seen(to_come: Floats, stops: Floats, off: Floats, crews: Floats, stint: float) -> Floats:
    """Return what was known of stops before they began, shape (m, WIDE).

    Args:
        to_come: The stops, shape (m, 8); of those to come BEGIN is infinite.
        stops: The timed stops of the race, shape (k, 8).
        off: How far each of these was off what is usual [%], shape (k,).
        crews: How far every row's crew is known to be off the others [%].
        stint: The typical one, in laps: fuel goes in by the lap.
    """
    heard = abs(off) < 2 * CLIP
    off = np.where(heard, off, 0.0)
    before = ((stops[:, END] <= to_come[:, BEGIN, None]) & heard) * 1.0
    n = before.sum(axis=1)
    of_race = before @ off / (n + K)
    same = before * (stops[:, ROW] == to_come[:, ROW, None])
    own = ((same @ off) - same.sum(axis=1) * of_race) / (same.sum(axis=1) + K_CAR)
    crew = crews[to_come[:, ROW].astype(np.int64)]
    used = np.minimum(to_come[:, AGE] / stint, 1.2)
    needed = np.clip(to_come[:, LEFT] / stint, 0.0, 1.0)
    fill = np.minimum(used, needed)
    x = (np.ones(len(to_come)), of_race, own, crew, n / (n + K), used, fill, fill**2)
    return np.stack(x, axis=1)

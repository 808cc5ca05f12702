"""Where each car would finish if it stayed out, or stopped now or later, for fuel or tyres.

The race is played on many times, with the cautions, stops and pace to be expected, and the
place at the end of that is judged by where cars like it finished. No past race was run
twice, so what is said of an option that was not taken is never put to the test.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.scores import LEVELS
from pitlive.race.forecasting import (
    binned,
    checkpoints,
    eager,
    families,
    futures,
    green_stops,
    levels,
    pit_cycle,
    place_value,
    services,
    to_the_end,
)
from pitlive.race.forecasting.cautions import unplanned
from pitlive.race.forecasting.field import Field, field
from pitlive.race.forecasting.futures import STAY, CarPlan, Setting
from pitlive.race.forecasting.protocol import (
    Forecast,
    ForecastKind,
    Prior,
    Sample,
    by_flag,
    nothing,
)
from pitlive.race.forecasting.view import CAR, FIRST, LAP, LAST, TIRES, View

name = "what_if"
unit = "place"
kind: ForecastKind = "quantity"
groups = by_flag

LATER = (5, 10, 15, 20)
"""Laps by which a stop may be put off."""

OPTIONS = ("stay", "four", "two", "fuel", *(f"+{laps}" for laps in LATER))
"""Stay out as long as is usual; stop now for four tyres, for two, for fuel alone; stop so many
laps later. In this order, so that a race has the same numbers under green and under caution."""

K = 30.0
"""Laps of a car that weigh as much as where it runs now in what it usually does."""

STRENGTH = 30.0
"""Stops at a track that weigh as much as those of its type."""

OPEN = ("f1",)
"""Series whose pits stay open as a caution comes out."""

CAUGHT = 0.45
"""What a stop costs then, in stops under green: 8.2 to 10.3 s of 19.6 (Heilmeier et al. 2020)."""

TRACK = 2
"""Slashes in the key of a track: of one alone, what tyres wear is noise."""

GREEN = 700.0
"""Green laps of a track that weigh as much as those of its type."""

BELIEF = 0.5
"""Share of what a plan gains in play that is believed."""

NEAR = 1
"""Laps by which a stop may miss those of a plan, to be held against it."""

AFTER = (2, 7)
"""Laps after a stop in which tyres show what they are worth."""


def sample(past: View) -> Sample:
    """Return looks at a race and what came of each car, and what its stops were like."""
    if past.lap < checkpoints.PARTS or not past.flagged or not past.scheduled:
        return {}
    seen = [(at, of, False) for at, of in checkpoints.looks(past) if of.yellow < 0]
    seen += [(at, of, True) for at, of in place_value.restarts(past)]
    observed = [past.standing[of.rows] - of.standing for _, of, _ in seen]
    raced = float(past.lap), float(len(unplanned(past)))
    sample = {
        "keys": levels.levels_for(past),
        "type": past.track_type,
        "stops": pit_cycle.green_stops(past),
    }
    stops = {"cost": green_stops.losses(past), "worn": green_stops.worn(past)}
    about = {"raced": raced, "served": services.served(past), "asked": eager.sample(past)}
    about["looked"] = to_the_end.sample(past)
    return {**sample, **stops, **about, "seen": seen, "came": observed}


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn stints, losses, cautions and tyres by track, and what places are worth."""
    known = [s for s in samples if s]
    typical = pit_cycle.fit((s["keys"], s["stops"]) for s in known)
    worn = _rates(known, "worn", STRENGTH)
    cases: dict[str, list[tuple[Floats, Floats]]] = {"": []}
    for s in known:
        of_track = levels.nearest(typical, s["keys"])
        for (fraction, of, restart), observed in zip(s["seen"], s["came"], strict=True):
            case = (place_value.circumstances(of, of_track), observed.astype(np.float64))
            for regime in place_value.taught(s["keys"][2], s["type"], fraction, restart):
                cases.setdefault(regime, []).append(case)
    cases[""] = cases[""][:: max(1, len(cases[""]) // 1000)]  # a sample will do for a last resort
    return {
        "typical": typical,
        "cost": _rates(known, "cost", STRENGTH),
        "worn": {key: of for key, of in worn.items() if key.count("/") < TRACK},
        "hazard": levels.rates([(s["keys"], s["raced"][1], s["raced"][0]) for s in known], GREEN),
        "saved": services.saved([(s["keys"][2], s["served"]) for s in known]),
        "worth": place_value.fit(cases),
        "eager": eager.fit([(s["keys"], s["asked"]) for s in known], typical),
        "once_more": to_the_end.fit([(s["keys"], s["looked"]) for s in known], typical),
    }


def _rates(known: Sequence[Sample], what: str, strength: float) -> dict[str, float]:
    of_races = [(s["keys"], float(s[what].sum()), float(len(s[what]))) for s in known]
    return levels.rates(of_races, strength)


def forecast(view: View, prior: Prior) -> Forecast:
    """Play the race on with each plan of each car, and say where it finishes."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, tuple(range(len(OPTIONS))))
    names, plans = _plans(view, prior)
    played = futures.futures(of, view.lap, _setting(view, prior), plans)
    ends = _judged(view, of, prior, played)
    finish = _now(view, of, prior, played.luck)[:, :, None] + BELIEF * (
        ends[..., 1:] - ends[..., :1]
    )
    which = np.flatnonzero(~of.stopped)
    return _said(view, of, which, names, np.clip(finish[:, which], 1, of.size))


def baseline(view: View, prior: Prior) -> Forecast:
    """Say that every car finishes where it is (CurRank), whatever it does."""
    of = field(view)
    if not _known(view, of):
        return nothing(view, tuple(range(len(OPTIONS))))
    names, _ = _plans(view, prior)
    which = np.flatnonzero(~of.stopped)
    place = np.broadcast_to(of.standing[which, None], (1, len(which), len(names)))
    return _said(view, of, which, names, place)


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return where a car finished, for the option that it took; NaN for the others."""
    place = past.standing[predicted.rows].astype(np.float64)
    took = _took(past, view, predicted.rows)
    asked = np.array([OPTIONS.index(option) for option in predicted.options])
    return np.where(took[:, asked], place[:, None], np.nan)


def _took(past: View, view: View, rows: Ints) -> Bools:
    """Return which option each car took, as far as one can tell, shape (m, OPTIONS).

    Under caution a stop before green is one now: the pits may yet be closed.
    """
    tires = {(row, lap): n for row, lap, n in past.done[:, [CAR, LAP, TIRES]].tolist()}
    names = {2: "two", 0: "fuel"}
    took = np.zeros((len(rows), len(OPTIONS)), bool)
    begun = {(row, lap) for row, lap, _ in view.stops.tolist()}
    green = int(past.cautions[len(view.cautions) - 1, LAST]) if view.yellow else 0
    for n, row in enumerate(rows.tolist()):
        laps = past.stops[past.stops[:, CAR] == row, LAP]
        ahead = [lap for lap in laps.tolist() if lap > view.last[row] and (row, lap) not in begun]
        stop = min(ahead, default=10**6)
        soon = stop - view.last[row]
        if stop <= max(green, view.last[row] + 1):
            took[n, OPTIONS.index(names.get(tires.get((row, stop), 4), "four"))] = True
        else:
            took[n, 0] = True
            for laps_on in LATER:
                took[n, OPTIONS.index(f"+{laps_on}")] = abs(soon - laps_on) <= NEAR
    return took


def _known(view: View, of: Field) -> bool:
    there = len(of.rows) > 1 and bool((~of.stopped).any()) and of.left >= 1
    return there and view.flagged and bool(view.scheduled) and not view.finished


def _plans(view: View, prior: Prior) -> tuple[tuple[str, ...], list[CarPlan]]:
    """Return the options that have a meaning in this series, now."""
    saved = prior["saved"].get(families.of_series(view.series))
    plans = {"stay": CarPlan(STAY, 0.0, 1.0), "four": CarPlan(1, 0.0, 0.0)}
    if saved is not None:
        plans |= {"two": CarPlan(1, float(saved[0]), 0.5), "fuel": CarPlan(1, float(saved[1]), 1.0)}
    if not view.yellow:
        plans |= {f"+{laps}": CarPlan(laps, 0.0, 0.0) for laps in LATER}
    return tuple(plans), list(plans.values())


def _setting(view: View, prior: Prior) -> Setting:
    keys = levels.levels_for(view)
    stint = float(levels.nearest(prior["typical"], keys)[0])
    loss = float(levels.nearest(prior["cost"], keys)) or 30.0
    worn = float(np.clip(levels.nearest(prior["worn"], keys), 0.0, 0.2))
    hazard = float(levels.nearest(prior["hazard"], keys))
    caught = CAUGHT * loss if view.series in OPEN else 0.0
    planned = _planned(view)
    slopes = [
        levels.nearest(prior[of], families.families_of(keys)) for of in ("eager", "once_more")
    ]
    return Setting(stint, loss, 0.06 * loss, worn, caught, hazard, planned, *slopes)


def _planned(view: View) -> float:
    """Return the laps to the next planned caution, 0 if it is on, inf if there is none."""
    if view.yellow:
        return np.inf if view.cautions[-1, FIRST] in unplanned(view) else 0.0
    left = view.stage_end - view.lap
    return max(float(left), 1.0) if view.stage_end < view.scheduled else np.inf


def _now(view: View, of: Field, prior: Prior, luck: Floats) -> Floats:
    """Return where cars finish that do what is usual, by their luck, shape (draws, m)."""
    typical = levels.nearest(prior["typical"], levels.levels_for(view))
    regime = place_value.regimes(view.series, view.track_type, view.fraction, view.yellow)
    x = place_value.circumstances(of, typical)
    change = binned.quantiles(x, levels.nearest(prior["worth"], regime))
    level = np.minimum((luck * change.shape[1]).astype(np.int64), change.shape[1] - 1)
    return np.asarray(of.standing + change[np.arange(len(x)), level])


def _judged(view: View, of: Field, prior: Prior, played: futures.Futures) -> Floats:
    """Return where every end of a future finishes, shape (draws, m, plans)."""
    finish = np.empty_like(played.ends.place)
    lap = np.minimum(view.lap + played.laps, view.scheduled)
    race = view.series, view.track_type
    judged = [
        place_value.regimes(*race, at / view.scheduled, bool(restart))
        for at, restart in zip(lap, played.caution, strict=True)
    ]
    lasting = place_value.lasting(of)
    for regime in dict.fromkeys(judged):
        of_draw = np.array([one == regime for one in judged])
        judge = place_value.Judge(lasting, levels.nearest(prior["worth"], regime), of.size)
        ends = place_value.CarsState(*(what[of_draw] for what in played.ends))
        finish[of_draw] = judge.finish(ends, played.luck[of_draw])
    over = lap >= view.scheduled
    finish[over] = played.ends.place[over]
    return finish


def _said(view: View, of: Field, which: Ints, names: tuple[str, ...], finish: Floats) -> Forecast:
    """Read the expected place and its quantiles off the draws, shape (draws, m, plans).

    Expected is the mean of the middle half: what comes unless something breaks.
    """
    n = of.last[which].astype(np.float64)
    at = np.minimum((LEVELS * len(finish)).astype(np.int64), len(finish) - 1)
    ordered = np.sort(finish, axis=0)
    quarter = len(finish) // 4
    return Forecast(
        lap=view.lap,
        rows=of.rows[which],
        ahead=np.array([OPTIONS.index(name) for name in names]),
        value=ordered[quarter : len(finish) - quarter].mean(axis=0),
        n=n,
        weight=K / (K + n),
        quantiles=np.moveaxis(ordered[at], 0, -1),
        options=names,
    )

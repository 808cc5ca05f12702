"""How likely a caution is to come out: history × this race, and how long green has lasted.

The rate per green lap is history's at this track, blended with this race's own, times what
the circumstances of each lap ahead multiply it by: cautions breed cautions, and the end of
a race is wild. Breaks between stages are planned and not forecast; they end a window.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.race.forecasting import factors, levels
from pitlive.race.forecasting.cautions import unplanned
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
from pitlive.race.forecasting.view import FIRST, LAST, View

name = "caution"
unit = "probability"
kind: ForecastKind = "chance"
groups = ungrouped

AHEAD = (1, 5, 10, 20, END)

K = 400.0
"""Green laps of this race that weigh as much as history."""

STRENGTH = 700.0
"""Green laps of a track that weigh as much as those of its type."""

SINCE = np.array([1, 2, 5, 10, 20, 40, 80])
"""Bounds of the laps since green: 1, 2, 3-5, 6-10, …"""

LEFT = np.array([0, 2, 5, 10, 20, 40])
"""Bounds of the laps left: the last, 1-2, 3-5, …; more than 40 is as usual."""

START = 0.02
"""Share of a race that counts as its start."""

WIDE = len(SINCE) + 1 + len(LEFT) + 1
"""Circumstances of a lap."""


def sample(past: View) -> Sample:
    """Return each lap that began green: its circumstances, and whether a caution came out."""
    if not past.flagged or not past.scheduled:
        return {}
    laps = np.array([lap for lap in range(past.lap) if not _on(past, lap)], np.int64)
    observed = np.isin(laps + 1, unplanned(past))
    green = np.arange(len(laps))
    before = np.concatenate(([0], observed.cumsum()[:-1])) if len(laps) else green
    x = _circumstances(past, laps + 1, np.array([_restart(past, lap) for lap in laps]))
    return {
        "keys": levels.levels_for(past),
        "x": x,
        "came": observed * 1.0,
        "green": green,
        "before": before,
    }


def fit(samples: Sequence[Sample]) -> Prior:
    """Learn rates by track, and by what circumstances multiply them."""
    known = [s for s in samples if s and len(s["came"])]
    races = [(s["keys"], float(s["came"].sum()), float(len(s["came"]))) for s in known]
    rates = levels.rates(races, STRENGTH)
    expected = [_blend(levels.nearest(rates, s["keys"]), s["green"], s["before"]) for s in known]
    cases = [
        factors.RaceLaps(s["keys"], s["x"], s["came"], rate)
        for s, rate in zip(known, expected, strict=True)
    ]
    return {"rates": rates, "factors": factors.fit(cases, WIDE)}


def forecast(view: View, prior: Prior) -> Forecast:
    """Add up the hazards of the laps ahead."""
    if not _known(view):
        return nothing(view, AHEAD)
    rate, green = _rate(view, prior)
    ahead = np.arange(view.lap + 1, view.stage_end + 1)
    x = _circumstances(view, ahead, np.full(len(ahead), view.restart))
    multiply = factors.nearest(prior["factors"], levels.levels_for(view))
    return _chances(view, rate * np.exp(x @ multiply), green)


def baseline(view: View, prior: Prior) -> Forecast:
    """Say the same blend of history and this race, at a constant rate."""
    if not _known(view):
        return nothing(view, AHEAD)
    rate, green = _rate(view, prior)
    return _chances(view, np.full(view.stage_end - view.lap, rate), green)


def outcome(past: View, view: View, predicted: Forecast) -> Floats:
    """Return 1 where an unplanned caution came out in the window, else 0.

    NaN where the race ended before the window did and no caution had come.
    """
    observed = unplanned(past)
    ends = [_end(view, ahead) for ahead in predicted.ahead.tolist()]
    hit = np.array([[((observed > view.lap) & (observed <= end)).any() for end in ends]]) * 1.0
    cut = np.array([[end > past.lap for end in ends]])
    return np.where(cut & (hit == 0), np.nan, hit)[: len(predicted.rows)]


def _known(view: View) -> bool:
    return view.flagged and bool(view.scheduled) and not view.yellow and not view.finished


def _end(view: View, ahead: int) -> int:
    """Last lap of a window: no later than the stage's."""
    return view.stage_end if ahead == END else min(view.lap + ahead, view.stage_end)


def _chances(view: View, hazard: Floats, green: int) -> Forecast:
    summed = np.concatenate(([0.0], hazard.cumsum()))
    over = [_end(view, ahead) - view.lap for ahead in AHEAD]
    chance = -np.expm1(-summed[over])[None]
    weight = np.array([K / (K + green)])
    return Forecast(view.lap, RACE, np.array(AHEAD), chance, np.array([1.0 * green]), weight)


def _rate(view: View, prior: Prior) -> tuple[float, int]:
    """Cautions per green lap, and how many green laps this race has had."""
    green = view.lap - int(_under(view).sum())
    history = levels.nearest(prior["rates"], levels.levels_for(view))
    return float(_blend(history, np.array(green), np.array(len(unplanned(view))))), green


def _blend(history: float, green: Ints, cautions: Ints) -> Floats:
    """The rate of history, as if it were K green laps of this race."""
    return np.asarray((K * history + cautions) / (K + green))


def _on(view: View, lap: int) -> bool:
    """Whether a caution is on as of a lap."""
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    return bool(((first <= lap) & ((last > lap) | (last < 0))).any())


def _under(view: View) -> Bools:
    """Which laps so far were under caution, shape (lap,)."""
    laps = np.arange(1, view.lap + 1)[:, None]
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    return np.asarray(((laps >= first) & ((laps <= last) | (last < 0))).any(axis=1))


def _restart(view: View, lap: int) -> int:
    last = view.cautions[:, LAST]
    return int(last[(last >= 0) & (last <= lap)].max(initial=0))


def _circumstances(view: View, laps: Ints, restarts: Ints) -> Floats:
    """What multiplies the rate on some laps: time since green, laps left, the start.

    Returns:
        Ones and zeros, shape (laps, WIDE).
    """
    since = np.digitize(laps - restarts, SINCE, right=True)
    left = np.digitize(view.scheduled - laps, LEFT, right=True)
    start = laps < START * view.scheduled
    parts = (since[:, None] == np.arange(len(SINCE) + 1), left[:, None] == np.arange(len(LEFT)))
    return np.concatenate((*parts, start[:, None]), axis=1).astype(np.float64)

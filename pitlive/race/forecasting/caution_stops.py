"""What is seen of running cars before they decide whether to stop under a caution."""

from __future__ import annotations

import numpy as np

from pitlive.numerics import NEVER, Bools, Floats, Ints
from pitlive.race.forecasting import stop_features
from pitlive.race.forecasting.cautions import BREAK
from pitlive.race.forecasting.field import Field
from pitlive.race.forecasting.view import AT, CAR, END, FIRST, LAP, START, TIRES, View

NEAR = 6
"""Cars ahead on the road whose decision is seen by the next."""

LATE = 4
"""Laps of a caution from which on they are alike: who wanted to stop has."""

KINDS = 3
"""No tyres, two, four."""

AGE, LEFT, STAGE, SINCE, PLACE, REL, DOWN, CAME, AHEAD, CLOSE, SHARE, IN, OLDER, MIDDLE, PLANNED = (
    range(15)
)
"""Columns of what `seen` returns of a car."""


def seen(view: View, of: Field) -> Floats:
    """Return what is known of each running car, shape (m, 15).

    Laps since its stop; laps left, of the race and the stage; laps since green; place, from
    1 and as a share; laps down; how often it came in under this caution, what share of those
    ahead has, of those just ahead, of all; whether it is in its pits; the share of cars with
    younger tyres; the median age; whether the caution is the break after a stage.
    """
    observed = _came_in(view)[of.rows]
    ahead, close = _shares(of, observed > 0)
    same = np.ones(len(of.rows))
    left = of.left if of.left == of.left else 1e4
    stage = view.stage_end - view.lap if view.stage_end else 1e4
    columns = (
        *(of.age, left * same, stage * same, of.since * same, of.standing, of.place / of.size),
        *(np.minimum(of.down, 5), observed, ahead, close, (observed > 0).mean() * same, of.stopped),
        *((of.age[:, None] > of.age).mean(axis=1), np.median(of.age) * same),
        same * _planned(view),
    )
    return np.stack([np.asarray(c, np.float64) for c in columns], axis=1).astype(np.float32)


def now(view: View) -> str:
    """Return when it is: under green, or which lap of a caution.

    Cars pit on the second or third; later hardly any does.
    """
    if not view.yellow:
        return "green"
    return f"yellow {min(view.lap - int(view.cautions[-1, FIRST]), LATE)}"


def observed(past: View, view: View, rows: Ints, within: int) -> tuple[Floats, Ints]:
    """Return who stopped under the caution that is on, or comes out within some laps.

    Returns:
        1 or 0, NaN where there was none, or the car had stopped before; and which of 0, 2, 4
        tyres it took as 0 to 2, -1 unknown; shape (m,) each.
    """
    stop = stop_features.following(past, view, rows)
    caution = _caution(past, view, within)
    if caution is None or not len(past.stops):
        hit = np.full(len(rows), 0.0 if caution is not None else np.nan)
        return hit, np.full(len(rows), -1)
    at = np.where(stop >= 0, past.stops[stop, AT], NEVER)
    under = (at <= caution[END]) & (stop >= 0)  # a caution that lasts has no end either
    hit = np.where(at < caution[START], np.nan, under * 1.0)
    return hit, np.where(hit == 1, _tires(past)[stop], -1)


def _caution(past: View, view: View, within: int) -> Ints | None:
    now_ms = past.lead_at[view.lap]
    on = past.cautions[(past.cautions[:, START] <= now_ms) & (past.cautions[:, END] > now_ms)]
    if view.yellow:
        return on[-1] if len(on) else None
    soon = past.cautions[:, FIRST] <= view.lap + within
    found = past.cautions[(past.cautions[:, START] > now_ms) & soon]
    return found[0] if len(found) else None


def _tires(past: View) -> Ints:
    """Return the kind of each of `past.stops`: 0 no tyres, 1 two, 2 all, -1 unknown."""
    known = {(row, lap): tires for row, lap, tires in past.done[:, [CAR, LAP, TIRES]].tolist()}
    tires = np.array([known.get((row, lap), -1) for row, lap, _ in past.stops.tolist()], np.int64)
    return np.where(tires < 0, -1, (tires + 1) // 2)


def _came_in(view: View) -> Floats:
    """Return how often each car stopped under the caution that is on, shape (cars,)."""
    found = np.zeros(len(view.cars))
    if view.yellow:
        since = view.stops[view.stops[:, AT] >= view.cautions[-1, START]]
        np.add.at(found, since[:, CAR], 1.0)
    return found


def _shares(of: Field, came_in: Bools) -> tuple[Floats, Floats]:
    """Return what share of the cars ahead of each came in, of all and of those near."""
    order = np.argsort(of.standing)
    so_far = np.append(0, came_in[order].cumsum())
    n = np.arange(len(order))
    ahead, close = np.zeros(len(order)), np.zeros(len(order))
    ahead[order] = so_far[n] / np.maximum(n, 1)
    begin = np.maximum(n - NEAR, 0)
    close[order] = (so_far[n] - so_far[begin]) / np.maximum(n - begin, 1)
    return ahead, close


def _planned(view: View) -> bool:
    if not view.yellow:
        return False
    after = [int(view.cautions[-1, FIRST]) - end for end in view.stages if end < view.scheduled]
    return any(0 <= late <= BREAK for late in after)

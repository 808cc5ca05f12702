"""Stops that are due: how many places they will cost each car, and gain it.

Under green a car that stops falls behind all that run within the loss of a stop behind it,
unless they stop too; so places move by who still has to. Under caution the field is
together, and who stays out goes ahead of all who come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Bools, Floats
from pitlive.race.forecasting.field import Field
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import FIRST, LAST, View

ENOUGH = 25
"""Green stops that a level needs to speak for itself."""

SHARE = 60
"""Percentile of the stints that ended in a green stop: the typical one, early stops apart."""

LOSSES = (5.0, 80.0)
"""Losses that are stops [s], and not repairs or drive-throughs."""

STEEP = 8.0
"""How sharply stops gather about the typical stint: most fall within an eighth of it."""


class Cycle(NamedTuple):
    """Places that stops will move, of m cars, each of shape (m,).

    Attributes:
        chance: That the car stops.
        gain: Places it gains by others' stops, while it stays out.
        cost: Places it loses by its own.
        in_now, out_now: The same by cars that are stopping now.
        used: Share of the typical stint that it has run.
    """

    chance: Floats
    gain: Floats
    cost: Floats
    in_now: Floats
    out_now: Floats
    used: Floats


def green_stops(past: View) -> Floats:
    """Return age and loss of each stop under green, shape (n, 2): laps and seconds."""
    stops = every_stop(past)
    return stops[~np.isnan(stops[:, 1])]


def every_stop(past: View) -> Floats:
    """Return age [laps] and loss [s] of each of `past.stops`, shape (n, 2).

    The loss is NaN where it is not one under green, or is a repair.
    """
    found = []
    before: dict[int, int] = {}
    pace = [
        np.median(t[g]) if g.any() else np.nan for t, g in zip(past.time, past.green, strict=True)
    ]
    for row, lap, _ in past.stops.tolist():
        age, before[row] = lap - before.get(row, 0), lap
        both = past.time[row, lap : lap + 2]
        raced = len(both) == 2 and (both > 0).all() and not _under(past, lap)
        loss = (both.sum() - 2 * pace[row]) / 1000 if raced else np.nan
        found.append((age, loss if LOSSES[0] < loss < LOSSES[1] else np.nan))
    return np.array(found, np.float64).reshape(-1, 2)


def fit(races: Iterable[tuple[Sequence[str], Floats]]) -> Prior:
    """Return typical stint [laps] and loss of a stop [s] at every level that has enough."""
    by_key: dict[str, list[Floats]] = {}
    for keys, stops in races:
        for key in keys:
            by_key.setdefault(key, []).append(stops)
    all_of = {key: np.concatenate(stops) for key, stops in by_key.items()}
    typical = {
        key: np.array([np.percentile(stops[:, 0], SHARE), np.median(stops[:, 1])])
        for key, stops in all_of.items()
        if len(stops) >= ENOUGH
    }
    return {"": np.array([60.0, 30.0])} | typical


def cycle(of: Field, typical: Floats, ahead: int) -> Cycle:
    """Return what stops in the next laps will do.

    Args:
        of: The running cars.
        typical: Stint [laps] and loss [s].
        ahead: Laps.
    """
    stint, loss = float(typical[0]), float(typical[1])
    used = np.clip(of.age / stint, 0.0, 1.5) if of.stops_known else np.zeros(len(of.rows))
    chance = np.where(of.stopped, 1.0, _chance(of, stint, ahead))
    behind = of.behind_s[:, None] - of.behind_s
    ahead_of = (behind > 0) | ((behind == 0) & (of.standing[:, None] > of.standing))
    near = of.down[:, None] == of.down if of.yellow >= 0 else abs(behind) < loss
    others = near & ~np.eye(len(of.rows), dtype=bool)
    ours, theirs = ahead_of & others, ~ahead_of & others
    stays = 1.0 - chance
    return Cycle(
        chance=chance,
        gain=stays * (ours * chance).sum(axis=1),
        cost=chance * (theirs * stays).sum(axis=1),
        in_now=stays * (ours * of.stopped).sum(axis=1),
        out_now=of.stopped * (theirs * stays).sum(axis=1),
        used=used,
    )


def _chance(of: Field, stint: float, ahead: int) -> Floats:
    """Chance that each car stops, by how much of a stint it has run."""
    if of.yellow >= 0:
        eager = np.clip(0.25 + 0.8 * of.age / stint, 0.0, 0.9) if of.yellow <= 4 else 0.08
        return np.where(of.age <= of.yellow + 1, 0.05, eager)
    if not of.stops_known:
        return np.zeros(len(of.rows))
    due = _logistic(STEEP * ((of.age + ahead) / stint - 1.0))
    left = of.left if of.left == of.left else np.inf
    needed = _logistic(10.0 * ((of.age + min(left, 1e4)) / stint - 1.15))
    return due * needed


def _logistic(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def _under(view: View, lap: int) -> Bools:
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    return np.asarray(((first <= lap) & ((last >= lap) | (last < 0))).any())

"""The running cars of a race as of a lap, side by side: what forecasts of places start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.median import median
from pitlive.numerics.tail import tail
from pitlive.race.forecasting.view import CAR, FIRST, LAP, View
from pitlive.race.laps import IN, OUT

PACES = (5, 20)
"""Green laps over which pace is taken: what a car does now, and what it can."""

PLACES = 60
"""Laps over which places are averaged: where a car belongs, its last stops apart."""

FAR = 3.0
"""Per cent off the pace of the field beyond which a car has trouble, however far."""


@dataclass(frozen=True)
class Field:
    """The running cars, m of them; arrays of shape (m,) unless said otherwise.

    Attributes:
        rows: Row of each.
        last: Its last lap.
        place: Its place on that lap, scored then.
        standing: Its place in the order of now; as scored, if its clock is ahead of the leader's.
        down: Laps that the leader had more when the car completed its last one.
        behind_s: Time behind the leader on that lap [s], laps down included.
        pace: Green-lap time against the median of the field [%], over `PACES`, shape (m, 2).
        age: Laps since the last stop, or since the start.
        stopped: Whether the last lap was an in-lap, or the car is in the lane.
        fresh: Whether the last lap was an out-lap.
        usual: Mean place over its last laps.
        grid: Grid position, its place where unknown.
        lap_s: Lap time of the field [s], NaN unknown.
        size: Cars in the race.
        yellow: Laps since the caution came out, -1 under green.
        since: Laps since green began.
        left: Laps of the race that are left, NaN unknown.
        stops_known: Whether anybody was seen to stop yet.
    """

    rows: Ints
    last: Ints
    place: Floats
    standing: Floats
    down: Floats
    behind_s: Floats
    pace: Floats
    age: Floats
    stopped: Bools
    fresh: Bools
    usual: Floats
    grid: Floats
    lap_s: float
    size: int
    yellow: int
    since: int
    left: float
    stops_known: bool


def field(view: View) -> Field:
    """Return the running cars of a view; none before the first lap."""
    return view.once(_field)


def _field(view: View) -> Field:
    rows = np.flatnonzero(view.running)
    last = view.last[rows]
    scored = view.place[rows, last]
    standing = view.standing[rows].astype(np.float64)
    place = np.where(scored > 0, scored, standing)
    pace, lap_s = _pace(view, rows)
    crossed = view.at[rows, last]
    early = (crossed < view.lead_at[last]) & (scored > 0)  # its clock is ahead of the leader's
    led = np.searchsorted(view.lead_at, crossed, side="right") - 1
    age, stopped = _stops(view, rows, last)
    return Field(
        rows=rows,
        last=last,
        place=place,
        standing=np.where(early, scored, standing),
        down=np.maximum(led - last, 0).astype(np.float64),
        behind_s=(crossed - view.lead_at[last]) / 1000,
        pace=pace,
        age=age,
        stopped=stopped,
        fresh=(view.mark[rows, last] & OUT) > 0,
        usual=_usual(view, rows, place),
        grid=np.where(view.grid[rows] > 0, view.grid[rows], place),
        lap_s=lap_s,
        size=len(view.cars),
        yellow=view.lap - int(view.cautions[-1, FIRST]) if view.yellow else -1,
        since=view.lap - view.restart,
        left=float(view.scheduled - view.lap) if view.scheduled else np.nan,
        stops_known=len(view.stops) > 0,
    )


def _pace(view: View, rows: Ints) -> tuple[Floats, float]:
    """Pace of each car against the field [%], 0 unknown, and the field's [s]."""
    if not len(rows):
        return np.empty((0, len(PACES))), np.nan
    green = view.green[rows] & (view.time[rows] > 0)
    times = median(tail(view.time[rows], green, max(PACES)), PACES)
    known = ~np.isnan(times)
    if not known.any():
        return np.zeros(times.shape), np.nan
    of_field = [np.median(times[known[:, n], n]) for n in range(len(PACES))]
    off = np.where(known, 100 * (times / of_field - 1), 0.0)
    return np.clip(off, -FAR, FAR), float(of_field[-1]) / 1000


def _stops(view: View, rows: Ints, last: Ints) -> tuple[Floats, Bools]:
    """Laps since the last stop, and who is about it now."""
    observed = np.zeros(len(view.cars), np.int64)
    np.maximum.at(observed, view.stops[:, CAR], view.stops[:, LAP])
    into = observed[rows] > last
    age = np.maximum(last - observed[rows], 0).astype(np.float64)
    return age, into | ((view.mark[rows, last] & IN) > 0)


def _usual(view: View, rows: Ints, place: Floats) -> Floats:
    recent = view.place[rows, -PLACES:]
    count = (recent > 0).sum(axis=1)
    return np.where(count > 0, recent.sum(axis=1) / np.maximum(count, 1), place)

"""Figures of single cars: lap times, green laps, pace, stops and stints."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.race.flags import Flags
from pitlive.race.laps import BEST, GREEN, IN, OUT, Laps, lap_times
from pitlive.race.pace import pace
from pitlive.race.pits import Stops, in_out_laps
from pitlive.race.stints import stints
from pitlive.stats import Bools, Floats, Ints
from pitlive.stats.first_minimum import first_minimum
from pitlive.stats.last_true import last_true
from pitlive.stats.new_minimum import new_minimum
from pitlive.stats.within import within


class Pits(NamedTuple):
    """What the laps say about the stops of one car.

    Attributes:
        stops: The stops.
        into, out: In-lap and out-lap of each, -1 unknown, shape (n,).
        times: Lap times of in-lap and out-lap [ms], 0 unknown, shape (2, n).
        stints: As `stints.stints` returns them, shape (n + 1, 6).
    """

    stops: Stops
    into: Ints
    out: Ints
    times: Ints
    stints: Floats


class Solo(NamedTuple):
    """Figures of some cars that need no other car, all of shape (cars,) but `pace`."""

    laps: Ints
    """Laps completed."""
    best_lap: Ints
    """The first of its fastest laps, -1 for none."""
    pace: Floats
    """As in `pace.NAMES`, shape (cars, 6)."""
    pace_n: Ints
    pits: list[Pits]


def solo(laps: Laps, rows: Ints, stops: list[Stops], flags: Flags) -> tuple[Solo, Ints]:
    """Work out some cars anew; writes lap times and marks.

    Args:
        laps: The laps of the field.
        rows: Rows of the cars, shape (n,).
        stops: Their stops, n of them.
        flags: All flags.

    Returns:
        The figures, and the laps on which some car turned green or ceased to be.
    """
    at = laps.at[rows]
    time = lap_times(at, laps.reported[rows])
    timed = time > 0
    in_out = [in_out_laps(s, row) if len(s) else _NO_LAPS for s, row in zip(stops, at, strict=True)]
    mark = _pit_marks(in_out, at)
    green = timed & (mark == 0) & within(at - time, at, flags.starts, flags.ends)
    mark |= green * GREEN
    mark |= new_minimum(time, timed) * BEST
    turned = ((mark ^ laps.mark[rows]) & GREEN).any(axis=0)
    where = (rows, slice(None))
    laps.put("time", where, time)
    laps.put("mark", where, mark)
    done = np.maximum(last_true(at >= 0), 0)
    figures, n = pace(time, green)
    pits = [
        _pits(s, io, int(d), t, g)
        for s, io, d, t, g in zip(stops, in_out, done, time, green, strict=True)
    ]
    return Solo(done, first_minimum(time, timed), figures, n, pits), np.flatnonzero(turned)


_NONE = np.empty(0, np.int64)
_NO_LAPS = (_NONE, _NONE)


def _pit_marks(in_out: list[tuple[Ints, Ints]], at: Ints) -> Ints:
    """Mark the in-laps and out-laps that have been completed, shape (cars, laps)."""
    mark = np.zeros(at.shape, np.int64)
    for row, (into, out) in enumerate(in_out):
        for bit, found in ((IN, into), (OUT, out)):
            mark[row, found[(found >= 0) & (found < at.shape[1])]] |= bit
    mark[at < 0] = 0
    return mark


def _pits(stops: Stops, in_out: tuple[Ints, Ints], done: int, time: Ints, green: Bools) -> Pits:
    into, out = in_out
    both = np.array(in_out)
    seen = (both >= 0) & (both < len(time))
    times = np.where(seen, time[np.where(seen, both, 0)], 0)
    return Pits(stops, into, out, times, stints(into, done, time, green.astype(np.int64)))

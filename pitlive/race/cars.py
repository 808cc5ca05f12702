"""Figures of single cars: lap times, green laps, pace, stops and stints."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.race.flags import Flags
from pitlive.race.laps import BEST, GREEN, IN, OUT, Index, Laps, lap_times
from pitlive.race.pace import NAMES, pace
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

    def stopped_as(self, other: Pits) -> bool:
        """Tell whether the stops are those of another moment, on the same laps."""
        if self.stops is not other.stops:
            return False
        mine, others = (self.into, self.out, self.times), (other.into, other.out, other.times)
        return all(map(np.array_equal, mine, others))


SOLO = ("laps", "at_ms", "last_ms", "best_ms", "best_lap", *NAMES, "pace_n")
"""Figures of a car that need no other car."""


class Solo(NamedTuple):
    """What laps and stops say about some cars, each by itself.

    Attributes:
        laps: Laps completed, shape (cars,).
        figures: In the order of `SOLO`, NaN unknown, shape (cars, 12).
        pits: Stops and stints of each.
        turned: The laps on which some car turned green, or ceased to be.
    """

    laps: Ints
    figures: Floats
    pits: list[Pits]
    turned: list[int]


def solo(laps: Laps, rows: Index, stops: list[Stops], flags: Flags) -> Solo:
    """Work out some cars anew; writes lap times and marks.

    Args:
        laps: The laps of the field.
        rows: Rows of the cars, n of them.
        stops: Their stops, n of them.
        flags: All flags.
    """
    at = laps.at[rows]
    time = lap_times(at, laps.reported[rows])
    timed = time > 0
    in_out = [in_out_laps(s, row) if len(s) else _NO_LAPS for s, row in zip(stops, at, strict=True)]
    run = [_run_laps(laps_of, laps.columns) for laps_of in in_out]
    mark = _pit_marks(run, at)
    green = timed & (mark == 0) & within(at - time, at, flags.starts, flags.ends)
    mark += green * GREEN + new_minimum(time, timed) * BEST
    turned = ((mark ^ laps.mark[rows]) & GREEN).any(axis=0)
    where = (rows, slice(None))
    laps.put("time", where, time)
    laps.put("mark", where, mark)
    done = np.maximum(last_true(at >= 0), 0)
    each = zip(stops, in_out, run, done.tolist(), time, green, strict=True)
    pits = [_pits(*of_car) for of_car in each]
    return Solo(done, _figures(at, time, timed, green, done), pits, np.flatnonzero(turned).tolist())


def _figures(at: Ints, time: Ints, timed: Bools, green: Bools, done: Ints) -> Floats:
    """The figures of `SOLO`; column 0 of the matrices, which is no lap, stands for unknown."""
    every = np.arange(len(done))
    best = np.maximum(first_minimum(time, timed), 0)
    out = np.empty((len(done), len(SOLO)))
    out[:, 0] = done
    out[:, 1] = at[every, done]
    out[:, 2] = time[every, done]
    out[:, 3] = time[every, best]
    out[:, 4] = best
    out[:, 1:5][out[:, 1:5] <= 0] = np.nan
    out[done > 0, 1] = at[every, done][done > 0]
    out[:, 5:11], out[:, 11] = pace(time, green)
    return out


_NONE = np.empty(0, np.int64)
_NO_LAPS = (_NONE, _NONE)


def _run_laps(in_out: tuple[Ints, Ints], columns: int) -> Ints:
    """In-laps and out-laps that may index a row, shape (2, n): 0, no lap, for the others."""
    run = np.array(in_out)
    run[(run < 0) | (run >= columns)] = 0
    return run


def _pit_marks(run: list[Ints], at: Ints) -> Ints:
    """Mark the in-laps and out-laps that have been completed, shape (cars, laps)."""
    mark = np.zeros(at.shape, np.int64)
    for row, (into, out) in enumerate(run):
        mark[row, into] = IN
        mark[row, out] |= OUT
    mark[at < 0] = 0
    return mark


def _pits(
    stops: Stops, in_out: tuple[Ints, Ints], run: Ints, done: int, time: Ints, green: Bools
) -> Pits:
    of = stints(in_out[0], done, time, green.astype(np.int64))
    return Pits(stops, *in_out, time[run], of)

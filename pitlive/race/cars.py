"""Figures of single cars: lap times, green laps, pace, stops and stints."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.first_minimum import first_minimum
from pitlive.numerics.last_true import last_true
from pitlive.numerics.new_minimum import new_minimum
from pitlive.numerics.within import within
from pitlive.race.flags import Flags
from pitlive.race.laps import BEST, GREEN, IN, OUT, Index, Laps, lap_times
from pitlive.race.pace import NAMES, pace
from pitlive.race.pits import InOut, Stops, in_out_laps
from pitlive.race.stints import stints


class Pits(NamedTuple):
    """What the laps say about the stops of one car.

    Attributes:
        stops: The stops.
        into, out: In-lap and out-lap of each, -1 unknown.
        times: Lap times of the in-laps and of the out-laps [ms], 0 unknown.
        stints: As `stints.stints` returns them, shape (n + 1, 6).
    """

    stops: Stops
    into: list[int]
    out: list[int]
    times: InOut
    stints: Floats

    def stopped_as(self, other: Pits) -> bool:
        """Tell whether the stops are those of another moment, on the same laps."""
        if self.stops is not other.stops:
            return False
        mine, others = (self.into, self.out, self.times), (other.into, other.out, other.times)
        return mine == others


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
    in_out = [in_out_laps(of_car, row) for of_car, row in zip(stops, at, strict=True)]
    run = [_completed(of_car, row) for of_car, row in zip(in_out, at, strict=True)]
    mark = _pit_marks(run, at.shape)
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
    best = np.maximum(first_minimum(time, timed), 0)
    paces, n = pace(time, green)
    ends = map(_ends, at, time, done.tolist(), best.tolist())
    out = np.empty((len(done), len(SOLO)))
    out[:, :5] = list(ends)
    out[:, 5:11], out[:, 11] = paces, n
    return out


def _ends(at: Ints, time: Ints, done: int, best: int) -> tuple[float, ...]:
    """Newest and best lap of one car: the first five figures of `SOLO`."""
    at_ms = int(at[done]) if done else np.nan
    return done, at_ms, int(time[done]) or np.nan, int(time[best]) or np.nan, best or np.nan


def _completed(in_out: InOut, at: Ints) -> InOut:
    """In-laps and out-laps that may index a row: 0, no lap, for those not completed yet."""
    into, out = ([lap if 0 <= lap < len(at) and at[lap] >= 0 else 0 for lap in n] for n in in_out)
    return into, out


def _pit_marks(run: list[InOut], shape: tuple[int, ...]) -> Ints:
    """Mark the in-laps and out-laps that have been completed, shape (cars, laps)."""
    mark = np.zeros(shape, np.int64)
    for row, (into, out) in zip(mark, run, strict=True):
        if into:
            row[into] = IN
            row[out] |= OUT
            row[0] = 0
    return mark


def _pits(stops: Stops, in_out: InOut, run: InOut, done: int, time: Ints, green: Bools) -> Pits:
    into, out = (time[laps].tolist() if laps else [] for laps in run)
    return Pits(stops, *in_out, (into, out), stints(in_out[0], done, time, green))

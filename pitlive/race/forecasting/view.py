"""What is known of a race as of a lap: all that a forecast may look at.

A view is cut from the arrays of the fold. `until` cuts an earlier one out of it, so that a
backtest folds a race once and still shows each figure nothing but the past;
`tests/race/test_forecasts.py` holds such a cut to the fold of the log cut short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from pitlive.numerics import NEVER, Bools, Ints
from pitlive.numerics.last_true import last_true
from pitlive.numerics.within import within
from pitlive.race.flags import LeaderAtLine, caution_rows
from pitlive.race.fold import RaceState
from pitlive.race.laps import GREEN, IN, OUT
from pitlive.race.order import order

T = TypeVar("T")

SILENT_LAPS = 5
"""A car that has not come round for as long as the leader took for these is out, for now."""

FIRST, START, LAST, END = range(4)
"""Columns of `View.cautions`."""

CAR, LAP, AT = range(3)
"""Columns of `View.stops`."""

OUT_AT, LANE, SERVICE, TIRES = range(2, 6)
"""Columns of `View.done` after car and in-lap."""


@dataclass(frozen=True)
class View:
    """A race as of a lap. Unknown is as in `laps`: `at` -1, times and places 0.

    Attributes:
        series, track, track_type: As declared, empty if not.
        scheduled: Laps of the race, 0 unknown.
        stages: Last lap of each stage, the race's own included.
        cars, drivers: Text of each row; drivers empty where unknown.
        grid: Grid position of each row, 0 unknown, shape (cars,).
        lap: Laps that the leader has completed.
        lead_at: When the first car completed each lap [ms], `NEVER` unknown, shape (lap + 1,).
        at, time, place, mark: The matrices of `Laps`, shape (cars, lap + 1).
        stops: Row, in-lap and time [ms] of each stop begun, in order of time, shape (n, 3).
        done: Row, in-lap, end [ms], lane and service time [ms] and tyres changed (-1 unknown
            each) of each stop that the car has left, in order of that, shape (k, 6).
        cautions: First lap, start [ms], last lap (-1 while it lasts) and end [ms], shape (m, 4).
        runs: Begin and end [ms] of each time under green, `NEVER` while it lasts, shape (r, 2).
        flagged: Whether any flag was shown: else nobody knows what was green.
        finished: The checkered flag is out.
    """

    series: str
    track: str
    track_type: str
    scheduled: int
    stages: tuple[int, ...]
    cars: tuple[str, ...]
    drivers: tuple[str, ...]
    grid: Ints
    lap: int
    lead_at: Ints
    at: Ints
    time: Ints
    place: Ints
    mark: Ints
    stops: Ints
    done: Ints
    cautions: Ints
    runs: Ints
    flagged: bool
    finished: bool

    def until(self, lap: int) -> View:
        """Return the race as it stood when the leader completed an earlier lap."""
        now = int(self.lead_at[lap])
        at = self.at[:, : lap + 1]
        cautions = self.cautions[self.cautions[:, START] <= now].copy()
        cautions[cautions[:, END] > now, LAST:] = (-1, NEVER)
        stops = self.stops[self.stops[:, AT] <= now]
        done = self.done[self.done[:, OUT_AT] <= now]
        known = (at >= 0) & (at <= now)
        mark = self._without(self.stops[self.stops[:, AT] > now], known)
        runs = np.where(self.runs <= now, self.runs, NEVER)[self.runs[:, 0] <= now]
        return replace(self._kept(known, lap, stops, done, cautions), mark=mark, runs=runs)

    def _without(self, stops: Ints, known: Bools) -> Ints:
        """Marks as they were before some stops: a clock that is ahead has their in-laps sooner."""
        mark = np.where(known, self.mark[:, : known.shape[1]], 0)
        row, lap = stops[stops[:, LAP] < known.shape[1], :AT].T
        row, lap = row[known[row, lap]], lap[known[row, lap]]
        at, time = self.at[row, lap], self.time[row, lap]
        raced = (time > 0) & within(at - time, at, *self.runs.T)
        mark[row, lap] &= ~IN
        mark[row, lap] |= GREEN * (raced & (mark[row, lap] & OUT == 0))
        return mark

    def through(self, lap: int) -> View:
        """Return the race with the same lap of every car as its last, whenever that was.

        Published figures are defined so; live, the leader's lap 50 comes before the
        others', so nothing that is published live is made from this.
        """
        stops = self.stops[self.stops[:, LAP] <= lap]
        done = self.done[self.done[:, LAP] < lap]
        cautions = self.cautions[self.cautions[:, FIRST] <= lap].copy()
        cautions[cautions[:, LAST] > lap, LAST:] = (-1, NEVER)
        return self._kept(self.at[:, : lap + 1] >= 0, lap, stops, done, cautions)

    def _kept(self, known: Bools, lap: int, stops: Ints, done: Ints, cautions: Ints) -> View:
        cut = slice(0, lap + 1)
        return replace(
            self,
            lap=lap,
            lead_at=self.lead_at[cut],
            at=np.where(known, self.at[:, cut], -1),
            time=np.where(known, self.time[:, cut], 0),
            place=np.where(known, self.place[:, cut], 0),
            mark=np.where(known, self.mark[:, cut], 0),
            stops=stops,
            done=done,
            cautions=cautions,
            finished=False,
        )

    def once(self, make: Callable[[View], T]) -> T:
        """Return `make(view)`, made once for this view: figures start from the same things."""
        if make not in self._made:
            self._made[make] = make(self)
        found: T = self._made[make]
        return found

    @cached_property
    def _made(self) -> dict[Callable[[View], Any], Any]:
        return {}

    @cached_property
    def last(self) -> Ints:
        """Laps that each car has completed, shape (cars,)."""
        return np.maximum(last_true(self.at >= 0), 0)

    @cached_property
    def order(self) -> Ints:
        """Rows of the field, the leader first, by the rule of the standings."""
        every = np.arange(len(self.cars))
        at, place = self.at[every, self.last], self.place[every, self.last]
        rank = np.argsort(np.argsort(np.array(self.cars, dtype=object), kind="stable"))
        return order(self.last, at, place, self.grid, rank)

    @cached_property
    def standing(self) -> Ints:
        """Place of each car now, from 1, shape (cars,)."""
        place = np.empty(len(self.cars), np.int64)
        place[self.order] = np.arange(1, len(self.cars) + 1)
        return place

    @cached_property
    def running(self) -> Bools:
        """Which cars are still going round, shape (cars,)."""
        since = self.lead_at[max(self.lap - SILENT_LAPS, 0)]
        crossed = self.at[np.arange(len(self.cars)), self.last]
        return np.asarray((crossed >= since) & (self.last > 0))

    @cached_property
    def green(self) -> Bools:
        """Which laps of which car are green, shape (cars, lap + 1)."""
        return (self.mark & GREEN) > 0

    @property
    def yellow(self) -> bool:
        """Whether a caution is on."""
        return bool((self.cautions[:, LAST] < 0).any())

    @property
    def is_racing(self) -> bool:
        """Whether the field races under green, as far as flags say."""
        return self.flagged and not self.yellow and not self.finished

    @property
    def restart(self) -> int:
        """The lap at whose end green last began; 0 is the start of the race."""
        ended = self.cautions[self.cautions[:, LAST] >= 0, LAST]
        return int(ended.max(initial=0))

    @property
    def fraction(self) -> float:
        """How much of the race is over, NaN if nobody knows how long it is."""
        return min(self.lap / self.scheduled, 1.0) if self.scheduled else np.nan

    @property
    def stage_end(self) -> int:
        """Last lap of the stage now run, 0 unknown; in overtime the next lap."""
        ahead = [end for end in self.stages or (self.scheduled,) if end > self.lap]
        return ahead[0] if ahead else (self.lap + 1 if self.scheduled else 0)


def view(race: RaceState) -> View:
    """Return all that is known of a race now, cars by their number as text.

    So rows do not depend on who was heard of first.
    """
    spec, laps, figures = race.spec, race.laps, race.figures
    line, rank = figures.line, laps.text_rank()
    declared = {car["car"]: car for car in spec.get("cars") or ()}
    cars = sorted(laps.cars)
    of_car = [declared.get(car, {}) for car in cars]
    where = np.ix_(np.argsort(rank), np.arange(line.last + 1))
    return View(
        series=spec.get("series", ""),
        track=spec.get("track", ""),
        track_type=spec.get("track_type", ""),
        scheduled=spec.get("laps", 0),
        stages=tuple(spec.get("stages", ())),
        cars=tuple(cars),
        drivers=tuple(car.get("driver", "") for car in of_car),
        grid=np.array([car.get("grid", 0) for car in of_car], np.int64),
        lap=line.last,
        lead_at=np.append(0, line.lead_at[1 : line.last + 1]),
        at=laps.at[where],
        time=laps.time[where],
        place=laps.place[where],
        mark=laps.mark[where],
        stops=_stops(race, rank.tolist()),
        done=_done(race, rank.tolist()),
        cautions=_cautions(race),
        runs=np.stack((figures.flags.starts, figures.flags.ends), axis=1),
        flagged=bool(figures.flags.shown),
        finished=figures.flags.checkered is not None,
    )


def _stops(race: RaceState, rank: Sequence[int]) -> Ints:
    """Stops whose in-lap is known."""
    found = [
        (rank[row], lap, at_ms)
        for row, pits in race.figures.pits.items()
        for lap, at_ms in zip(pits.into, pits.stops.in_at.tolist(), strict=True)
        if lap >= 0
    ]
    return np.array(sorted(found, key=lambda stop: (stop[2], stop[0])), np.int64).reshape(-1, 3)


def _done(race: RaceState, rank: Sequence[int]) -> Ints:
    """Stops that the timing saw the end of, and what it said of them then."""
    found = [
        (rank[row], lap, out.at_ms, *(out.data.get(name, -1) for name in _SAID))
        for row, pits in race.figures.pits.items()
        for lap, out in zip(pits.into, pits.stops.outs, strict=True)
        if lap >= 0 and out is not None
    ]
    return np.array(sorted(found, key=lambda stop: (stop[2], stop[0])), np.int64).reshape(-1, 6)


_SAID = ("lane_ms", "service_ms", "tires")


def _cautions(race: RaceState) -> Ints:
    line = race.figures.line
    at_the_line = LeaderAtLine(line.done, line.last, None)
    found = [
        (row["first_lap"], row["start_ms"], row.get("last_lap", -1), row.get("end_ms", NEVER))
        for row in caution_rows(race.figures.flags, at_the_line)
    ]
    return np.array(found, np.int64).reshape(-1, 4)

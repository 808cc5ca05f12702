"""The channel `standings`: all figures of the field in one table, one row a car."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pitlive.messages import Json
from pitlive.numerics import Floats, Ints
from pitlive.race.cars import SOLO, Pits, Solo
from pitlive.race.laps import NONE, Index, Laps
from pitlive.race.line import AtTheLine
from pitlive.race.order import behind, order, within_a_lap

_FIELD = ("place", "laps_down", "to_leader_ms", "to_ahead_ms")
_SUMS = ("laps_led", "mean_place", "passes", "passed", "rev")
_PIT = ("stint", "stint_laps", "green_laps", "stops", "last_stop_lap", "in_pit")

COLUMNS: tuple[str, ...] = (*_FIELD, *SOLO, *_PIT, *_SUMS)
"""Figures of a car, in the order of the table's columns."""

_AT = {name: n for n, name in enumerate(COLUMNS)}
_BEHIND = slice(_AT["to_leader_ms"], _AT["to_ahead_ms"] + 1)
_SOLO = slice(_AT[SOLO[0]], _AT[SOLO[-1]] + 1)
_PITS = slice(_AT[_PIT[0]], _AT[_PIT[-1]] + 1)
_KINDS: tuple[Any, ...] = tuple(
    float if name.startswith(("mean", "median")) else bool if name == "in_pit" else int
    for name in COLUMNS
)


class Standings:
    """The table, what was last told of it, and the order of the field."""

    def __init__(self, cars: Mapping[str, Mapping[str, Json]]) -> None:
        self._declared = cars
        self.table: Floats = np.empty((0, len(COLUMNS)))
        self._told = self.table
        self.order: Ints = np.empty(0, np.int64)
        self.grid: Ints = np.empty(0, np.int64)
        self.laps: Ints = np.empty(0, np.int64)

    def fit(self, cars: list[str]) -> None:
        """Make room for new cars."""
        if (more := len(cars) - len(self.table)) > 0:
            nothing = np.full((more, len(COLUMNS)), np.nan)
            self.table = np.concatenate((self.table, nothing))
            self._told = np.concatenate((self._told, nothing))
            self.laps = np.append(self.laps, np.zeros(more, np.int64))
            grid = [self._declared.get(car, {}).get("grid", 0) for car in cars]
            self.grid = np.array(grid, np.int64)

    def put_solo(self, rows: Index, of: Solo) -> None:
        """Enter the figures of some cars that need no other car."""
        self.laps[rows] = of.laps
        self.table[rows, _SOLO] = of.figures
        done = zip(of.pits, of.laps.tolist(), strict=True)
        self.table[rows, _PITS] = [_pit_figures(pits, laps) for pits, laps in done]

    def put_revisions(self, revisions: Mapping[int, int]) -> None:
        """Enter how many entries about some cars are folded in, by row."""
        for row, times in revisions.items():
            self.table[row, _AT["rev"]] = times

    def put_field(self, laps: Laps, line: AtTheLine, text_rank: Ints, finished: bool) -> None:
        """Enter the figures that compare cars, for the whole field."""
        table, every = self.table, np.arange(len(self.table))
        limit = line.last or int(self.laps.max(initial=0))
        counted = np.minimum(self.laps, limit)
        at, place = laps.at[every, counted], laps.place[every, counted]
        self.order = order(counted, at, place, self.grid, text_rank)
        others, ahead = self.order[1:], self.order[:-1]
        table[self.order, _AT["place"]] = every + 1
        times = np.full((len(every), 2), NONE)
        times[others, 0] = laps.to_leader[others, counted[others]]
        within = within_a_lap(counted[others], at[others], counted[ahead], at[ahead])
        to_ahead = behind(at[others], laps.at[ahead, counted[others]])
        times[others, 1] = np.where(within & (to_ahead >= 0), to_ahead, NONE)
        table[:, _BEHIND] = np.where(times == NONE, np.nan, times)
        table[:, _AT["laps_down"]] = self._laps_down(laps, line, finished)
        table[:, _AT["laps_led"]] = line.led
        with np.errstate(invalid="ignore"):  # a car without a lap has no mean: 0 / 0 is NaN
            table[:, _AT["mean_place"]] = line.place_sum / line.place_n
        table[:, _AT["passes"]], table[:, _AT["passed"]] = line.made, line.suffered

    def _laps_down(self, laps: Laps, line: AtTheLine, finished: bool) -> Floats | float:
        """Laps behind the leader: shape (cars,), or NaN where nobody leads."""
        if not line.last:
            return np.nan
        short = line.last - self.laps
        if not finished:
            then = line.done_all(laps.at[np.arange(len(self.laps)), self.laps])
            short = np.maximum(then - self.laps, short - 1)
        return np.maximum(short, 0).astype(np.float64)

    def changed(self, cars: list[str]) -> dict[str, Json]:
        """Return the rows that are not as they were told last, by car; they are told now."""
        table = self.table
        rows = (table.view(np.int64) != self._told.view(np.int64)).any(axis=1).nonzero()[0]
        self._told[rows] = table[rows]
        values = zip(rows.tolist(), table[rows].tolist(), strict=True)
        return {cars[row]: self._row(cars[row], figures) for row, figures in values}

    def figure(self, name: str) -> Floats:
        """Return one column of the table, NaN where unknown, shape (cars,)."""
        return self.table[:, _AT[name]]

    def _row(self, car: str, figures: list[float]) -> dict[str, Json]:
        known = {
            name: kind(figure)
            for name, kind, figure in zip(COLUMNS, _KINDS, figures, strict=True)
            if figure == figure
        }
        return {"car": car, **self._declared.get(car, {}), **known}


def _pit_figures(pits: Pits, done: int) -> tuple[float, ...]:
    """Stint, stint_laps, green_laps, stops, last_stop_lap and in_pit of one car."""
    count, running = len(pits.stops), pits.stints[-1]
    last = float(pits.into[-1]) if count and pits.into[-1] >= 0 else np.nan
    inside = count > 0 and pits.stops.outs[-1] is None and not done > last
    return (count + 1, running[2], running[3], count, last, inside)

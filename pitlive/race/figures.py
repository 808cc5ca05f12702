"""All figures of a race, kept up by working out only what has become stale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pitlive.messages import Json
from pitlive.numerics import NEVER, Ints
from pitlive.race.cars import Pits, solo
from pitlive.race.flags import Flags, read
from pitlive.race.laps import index
from pitlive.race.ledger import Ledger, Stale
from pitlive.race.line import AtTheLine
from pitlive.race.pits import Stops, pair
from pitlive.race.standings import Standings


class RaceFigures:
    """Cars by row, laps by column, then the order of the field.

    Attributes:
        flags: What all flags say.
        line: Figures of single laps.
        pits: Stops and stints of each car, by row.
        standings: Figures of the field.
        text_rank: Rank of the car numbers as text, shape (cars,).
    """

    def __init__(self, spec: Mapping[str, Json], ledger: Ledger) -> None:
        self._ledger = ledger
        self._stops: dict[int, Stops] = {}
        self.flags = Flags()
        self.line = AtTheLine()
        self.pits: dict[int, Pits] = {}
        self.standings = Standings({car["car"]: car for car in spec.get("cars") or ()})
        self.text_rank: Ints = np.empty(0, np.int64)

    def work_out(self, stale: Stale, revisions: Mapping[str, int]) -> None:
        """Work out what is stale; adds to it what turns out to hang on it."""
        laps = self._ledger.laps
        if len(self.text_rank) < len(laps.cars):
            self.text_rank = laps.text_rank()
            self.standings.fit(laps.cars)
        self.line.fit(laps)
        if stale.flags:
            self.flags = read(self._ledger.flags.values())
            stale.rows.update(range(len(laps.cars)))
            stale.pits |= self._ledger.ins.keys()
        self._pair(stale.pits)
        stale.rows |= stale.pits
        turned = self._cars(stale) if stale.rows else ()
        self.line.update(laps, stale.laps, turned, self.text_rank)
        revised = {laps.row[car]: revisions.get(car, 0) for car in stale.revised}
        finished = self.flags.checkered is not None
        self.standings.put_revisions(revised)
        self.standings.put_field(laps, self.line, self.text_rank, finished)

    def _pair(self, rows: set[int]) -> None:
        end = self.flags.checkered.at_ms if self.flags.checkered else NEVER
        for row in rows:
            ins, outs = self._ledger.ins.get(row, {}), self._ledger.outs.get(row, {})
            self._stops[row] = pair(ins.values(), outs.values(), end)

    def _cars(self, stale: Stale) -> list[int]:
        """Work out the stale cars; return the laps on which one turned green or ceased to be."""
        rows = sorted(stale.rows)
        stops = [self._stops.get(row, _NO_STOPS) for row in rows]
        where = index(rows)
        figures = solo(self._ledger.laps, where, stops, self.flags)
        self.standings.put_solo(where, figures)
        for row, pits in zip(rows, figures.pits, strict=True):
            if row not in self.pits or not pits.stopped_as(self.pits[row]):
                stale.pits.add(row)
            self.pits[row] = pits
        return figures.turned


_NO_STOPS = Stops()

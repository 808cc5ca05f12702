"""From figures to rows: tells, after each batch, what differs from what was last told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pitlive.messages import Entry, Json, Row, Rows
from pitlive.numerics import Floats
from pitlive.race import banner
from pitlive.race.figures import RaceFigures
from pitlive.race.flags import LeaderAtLine, caution_rows, green_run_rows
from pitlive.race.ledger import Ledger, Stale
from pitlive.race.reports import believed, report_row
from pitlive.race.rows import lap_rows, numbered, stint_row, stop_rows
from pitlive.race.stints import NAMES


class Board:
    """The rows of a race, as they were last told."""

    def __init__(self, spec: Mapping[str, Json], ledger: Ledger, figures: RaceFigures) -> None:
        self._ledger = ledger
        self._figures = figures
        self._declared = banner.declared_rows(spec)
        self._numbered: dict[str, list[Row]] = {}
        self._stints: dict[int, tuple[Floats, Sequence[int | None]]] = {}
        self._race: dict[str, Row] = {}
        self._by_flag: dict[str, Row] = {}
        self._closed_ms: int | None = -1

    def rows(self, stale: Stale) -> Rows:
        """Return the rows that are not as they were told last; they are told now."""
        laps, ledger = self._ledger.laps, self._ledger
        rows = lap_rows(laps)
        rows["standings"] = self._figures.standings.changed(laps.cars)
        stale.pits |= {laps.row[car] for car, _ in stale.reports}
        for row in stale.pits:
            self._tell_stops(row, rows)
        for row in stale.rows | stale.pits:
            self._tell_stints(row, rows)
        self._tell_race(stale, rows)
        rows["reports"] = {
            f"{car}/{lap}": report_row(car, lap, *ledger.said(car, lap))
            for car, lap in stale.reports
        }
        rows["notes"] = {fact: _note_row(ledger.notes.get(fact)) for fact in stale.notes}
        return {channel: changed for channel, changed in rows.items() if changed}

    def _tell_stops(self, row: int, rows: Rows) -> None:
        car = self._ledger.laps.cars[row]
        stops = stop_rows(
            self._figures.pits[row],
            self._figures.flags.at,
            lambda lap: believed(*self._ledger.said(car, lap)),
        )
        self._tell(f"stops/{car}", stops, rows)

    def _tell_stints(self, row: int, rows: Rows) -> None:
        car = self._ledger.laps.cars[row]
        tires = [None, *(s.get("tires") for s in self._numbered.get(f"stops/{car}", ()))]
        stints = self._figures.pits[row].stints
        shown, told_tires = self._stints.get(row, (_NO_STINTS, ()))
        self._stints[row] = (stints, tires)
        if len(shown) == len(stints) and told_tires == tires:
            changed = (stints != shown).any(axis=1).nonzero()[0].tolist()
        else:
            changed = list(range(len(stints)))
        new = {str(n + 1): stint_row(stints[n].tolist(), tires[n]) for n in changed}
        gone = dict.fromkeys(map(str, range(len(stints) + 1, len(shown) + 1)))
        rows[f"stints/{car}"] = new | gone

    def _tell(self, channel: str, new: list[Row], rows: Rows) -> None:
        """Put the rows of a numbered channel that are not as they were told last."""
        if changed := numbered(self._numbered.get(channel, []), new):
            rows[channel] = changed
            self._numbered[channel] = new

    def _tell_race(self, stale: Stale, rows: Rows) -> None:
        """Flags and leader change seldom; only then is told what hangs on them."""
        newest, closed_ms, line = (
            self._ledger.newest_ms(),
            self._ledger.closed_ms(),
            self._figures.line,
        )
        if stale.flags or line.moved or self._closed_ms != closed_ms:
            line.moved, self._closed_ms = False, closed_ms
            self._tell_flags(LeaderAtLine(line.done, line.last, closed_ms), rows)
        now: dict[str, Any] = self._declared | self._by_flag
        finished = self._figures.flags.checkered is not None or closed_ms is not None
        now["status"] = banner.status(finished, newest)
        fastest = banner.fastest(
            self._figures.standings, self._ledger.laps, self._figures.text_rank
        )
        now |= {k: v for k, v in (("at_ms", newest), ("fastest", fastest)) if v is not None}
        rows["race"] = {k: v for k, v in now.items() if self._race.get(k) != v}
        rows["race"] |= dict.fromkeys(self._race.keys() - now.keys())
        self._race = now

    def _tell_flags(self, line: LeaderAtLine, rows: Rows) -> None:
        flags, at_the_line = self._figures.flags, self._figures.line
        cautions = caution_rows(flags, line)
        self._tell("cautions", cautions, rows)
        self._tell("green_runs", green_run_rows(flags, line), rows)
        leader = banner.leader_rows(at_the_line.leader, line.last, self._ledger.laps.cars)
        self._by_flag = banner.flag_rows(flags, line, cautions) | leader


_NO_STINTS: Floats = np.empty((0, len(NAMES)))


def _note_row(note: Entry | None) -> Row | None:
    if note is None:
        return None
    row = {k: note.data[k] for k in ("text", "car", "lap") if k in note.data}
    row["at_ms"] = note.at_ms
    return row if note.origin is None else row | {"origin": note.origin}

"""The fold of a race: entries in, rows out.

Entries become facts (`facts`), facts are entered where they belong (`ledger`), and what
they made stale is worked out anew in vector operations: cars by row (`cars`), laps by
column (`line`), then the order of the field (`standings`). A batch is worked out once, so
20,000 entries cost little more than the last of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pitlive.messages import Entry, Json, Outcome, Row, SetAside
from pitlive.race import banner
from pitlive.race.cars import Pits, solo
from pitlive.race.facts import Facts, rank
from pitlive.race.flags import Flags, Line, caution_rows, green_run_rows, read
from pitlive.race.ledger import Ledger, Stale
from pitlive.race.line import AtTheLine
from pitlive.race.pits import Stops, pair
from pitlive.race.reports import Verdict, judge, report_row
from pitlive.race.rows import Rows, lap_rows, numbered, stint_rows, stop_rows
from pitlive.race.spec import MOST_CARS, numbers
from pitlive.race.standings import Standings
from pitlive.stats import NEVER, Ints


class RaceState:
    """A race so far. Its rows are a function of the set of facts, not of their order.

    >>> race = RaceState({})
    >>> lap = Entry("lap/24/1", "lap", 16183, {"car": "24", "lap": 1, "lap_ms": 16183})
    >>> race.apply([lap]).rows["standings"]["24"]["last_ms"]
    16183
    """

    def __init__(self, spec: Mapping[str, Json]) -> None:
        self._spec = spec
        self._facts = Facts()
        self._ledger = Ledger()
        self._line = AtTheLine()
        self._declared = None if (n := numbers(spec)) is None else frozenset(n)
        self._standings = Standings({car["car"]: car for car in spec.get("cars") or ()})
        self._flags = Flags()
        self._stops: dict[int, Stops] = {}
        self._pits: dict[int, Pits] = {}
        self._told: dict[str, list[Row]] = {}
        self._told_race: dict[str, Row] = {}
        self._text_rank: Ints = np.empty(0, np.int64)
        self._revised: set[str] = set()
        for car in numbers(spec) or ():
            self._mention(car)

    def apply(self, batch: Sequence[Entry]) -> Outcome:
        """Fold a batch in; return the rows that have changed and what could not be taken."""
        aside = [refused for entry in batch if (refused := self._take(entry))]
        stale, self._ledger.stale = self._ledger.stale, Stale()
        self._work_out(stale)
        return Outcome(self._rows(stale), aside)

    # from entries to facts

    def _take(self, entry: Entry) -> SetAside | None:
        if not entry.retract and not self._ledger.knows(entry.type):
            return SetAside(entry.uid, "type", entry.type, "a type of entry of a race", entry.id)
        car = entry.data.get("car")
        if car is not None and (refused := self._no_room(entry, car)):
            return refused
        change = self._facts.add(entry)
        if change is None:
            return None
        for fact in (change.before, change.after):
            if fact is not None and "car" in fact.data:
                self._mention(fact.data["car"])
        if car is not None:
            self._mention(car)
        return self._ledger.take(change)

    def _no_room(self, entry: Entry, car: str) -> SetAside | None:
        """Refuse a car that is not declared, or one more than a race can have."""
        if car in self._ledger.laps.row:
            return None
        if self._declared is not None:
            want = f"one of the {len(self._declared)} cars of this race"
        elif len(self._ledger.laps.cars) >= MOST_CARS:
            want = f"one of the {MOST_CARS} cars that were reported first"
        else:
            return None
        return SetAside(entry.uid, "car", car, want, entry.id)

    def _mention(self, car: str) -> None:
        """Note that a car has to be looked at; it appears when it is first mentioned."""
        if car not in self._ledger.laps.row:
            self._ledger.stale.rows.add(self._ledger.laps.add_car(car))
        self._revised.add(car)

    # from facts to figures

    def _work_out(self, stale: Stale) -> None:
        laps = self._ledger.laps
        if len(self._text_rank) < len(laps.cars):
            self._text_rank = laps.text_rank()
            self._standings.fit(laps.cars)
        self._line.fit(laps)
        if stale.flags:
            self._flags = read(self._ledger.flags.values())
            stale.rows |= set(range(len(laps.cars)))
            stale.pits |= self._ledger.ins.keys()
        self._pair(stale.pits)
        stale.rows |= stale.pits
        turned = self._work_out_cars(_sorted(stale.rows)) if stale.rows else _NONE
        self._line.update(laps, _sorted(stale.laps), turned, self._text_rank)
        if self._revised:
            rows = [laps.row[car] for car in self._revised]
            revisions = self._facts.revisions
            self._standings.put_revisions(rows, [revisions.get(c, 0) for c in self._revised])
            self._revised.clear()
        finished = self._flags.checkered is not None
        self._standings.put_field(laps, self._line, self._text_rank, finished)

    def _pair(self, rows: set[int]) -> None:
        end = self._flags.checkered.at_ms if self._flags.checkered else NEVER
        for row in rows:
            ins, outs = self._ledger.ins.get(row, {}), self._ledger.outs.get(row, {})
            self._stops[row] = pair(ins.values(), outs.values(), end)

    def _work_out_cars(self, rows: Ints) -> Ints:
        stops = [self._stops.get(row, _NO_STOPS) for row in rows.tolist()]
        figures, turned = solo(self._ledger.laps, rows, stops, self._flags)
        self._standings.put_solo(rows, figures, self._ledger.laps)
        self._pits.update(zip(rows.tolist(), figures.pits, strict=True))
        return turned

    # from figures to rows

    def _rows(self, stale: Stale) -> Rows:
        laps = self._ledger.laps
        rows = lap_rows(laps)
        rows["standings"] = self._standings.changed(laps.cars)
        reported = {laps.row[car] for car, _ in stale.reports}
        for row in stale.rows | reported:
            self._tell_pits(row, rows)
        self._tell_flags(rows)
        rows["reports"] = {f"{c}/{lap}": self._report_row(c, lap) for c, lap in stale.reports}
        rows["notes"] = {fact: self._note_row(fact) for fact in stale.notes}
        return {channel: changed for channel, changed in rows.items() if changed}

    def _tell_pits(self, row: int, rows: Rows) -> None:
        car, pits = self._ledger.laps.cars[row], self._pits[row]
        stops = stop_rows(pits, self._flags.at, lambda lap: self._believed(car, lap))
        tires = [stop.get("tires") for stop in stops]
        self._tell(f"stops/{car}", stops, rows)
        self._tell(f"stints/{car}", stint_rows(pits.stints, tires), rows)

    def _tell_flags(self, rows: Rows) -> None:
        line = Line(self._line.done, self._line.last, self._ledger.closed_ms())
        cautions = caution_rows(self._flags, line)
        self._tell("cautions", cautions, rows)
        self._tell("green_runs", green_run_rows(self._flags, line), rows)
        now = self._race_rows(line, cautions)
        changed = {k: v for k, v in now.items() if self._told_race.get(k) != v}
        gone = dict.fromkeys(self._told_race.keys() - now.keys())
        self._told_race = now
        rows["race"] = changed | gone

    def _race_rows(self, line: Line, cautions: list[Row]) -> dict[str, Row]:
        newest, laps = self._ledger.newest_ms(), self._ledger.laps
        rows: dict[str, Any] = banner.declared_rows(self._spec)
        rows["status"] = banner.status(self._flags, newest, line.closed_ms is not None)
        rows |= banner.flag_rows(self._flags, line, cautions)
        rows |= banner.leader_rows(self._line.leader, self._line.last, laps.cars)
        if newest is not None:
            rows["at_ms"] = newest
        if (fastest := banner.fastest(self._standings, laps, self._text_rank)) is not None:
            rows["fastest"] = fastest
        return rows

    def _tell(self, channel: str, new: list[Row], rows: Rows) -> None:
        """Put the rows of a numbered channel that are not as they were told last."""
        if changed := numbered(self._told.get(channel, []), new):
            rows[channel] = changed
            self._told[channel] = new

    def _claims(self, car: str, lap: int) -> tuple[list[Entry], list[Entry]]:
        stop = (car, lap)
        claims = self._ledger.claims.get(stop, {})
        return list(claims.values()), list(self._ledger.decisions.get(stop, {}).values())

    def _believed(self, car: str, lap: int) -> Verdict | None:
        claims, decisions = self._claims(car, lap)
        if not claims and not decisions:
            return None
        verdict = judge(claims, max(decisions, key=rank) if decisions else None)
        return None if verdict.service_ms is None else verdict

    def _report_row(self, car: str, lap: int) -> Row | None:
        return report_row(car, lap, *self._claims(car, lap))

    def _note_row(self, fact: str) -> Row | None:
        note = self._ledger.notes.get(fact)
        if note is None:
            return None
        row = {k: note.data[k] for k in ("text", "car", "lap") if k in note.data}
        row["at_ms"] = note.at_ms
        return row if note.origin is None else row | {"origin": note.origin}


_NONE = np.empty(0, np.int64)
_NO_STOPS = Stops()


def _sorted(numbers: set[int]) -> Ints:
    return np.array(sorted(numbers), np.int64)

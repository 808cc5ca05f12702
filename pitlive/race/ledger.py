"""Facts, sorted by what they are about, and what they have made stale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pitlive.messages import Entry, Rejection
from pitlive.numerics import NEVER
from pitlive.race.facts import EntryChange
from pitlive.race.laps import Laps
from pitlive.versions import revision

Named = dict[str, Entry]
"""Entries that count, by the fact they state."""

StopKey = tuple[str, int]
"""What a report is about: a car and a lap."""


@dataclass(slots=True)
class Stale:
    """What has to be worked out again.

    Attributes:
        rows: Rows of cars with new laps.
        laps: Laps that were completed anew, or differently.
        pits: Rows of cars with new stops.
        reports: Stops that were reported anew.
        notes: Facts that are notes.
        revised: Cars that entries are about.
        flags: Whether the flags changed.
    """

    rows: set[int] = field(default_factory=set)
    laps: set[int] = field(default_factory=set)
    pits: set[int] = field(default_factory=set)
    reports: set[StopKey] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    revised: set[str] = field(default_factory=set)
    flags: bool = False


class Ledger:
    """What all facts say, ready to be worked with.

    Attributes:
        since_ms: Earliest time of a lap, stop or flag that was entered or taken out since this
            was last set to `NEVER` [ms].
    """

    def __init__(self) -> None:
        self.laps = Laps()
        self.ins: dict[int, Named] = {}
        self.outs: dict[int, Named] = {}
        self.flags: Named = {}
        self.notes: Named = {}
        self.flushes: Named = {}
        self.claims: dict[StopKey, Named] = {}
        self.decisions: dict[StopKey, Named] = {}
        self.stale = Stale()
        self.since_ms = NEVER
        self._stated: dict[StopKey, list[Entry]] = {}
        self._put: dict[str, Callable[[Entry, bool], Rejection | None]] = {
            "lap": self._lap,
            "pit_in": self._pit,
            "pit_out": self._pit,
            "flag": self._flag,
            "pit_report": self._report,
            "pit_decision": self._report,
            "note": self._note,
            "flush": self._flush,
        }
        self._newest: int | None = None

    def knows(self, type: str) -> bool:
        """Tell whether facts of a type have a place here."""
        return type in self._put

    def apply(self, change: EntryChange) -> Rejection | None:
        """Enter what changed about one fact; return what could not be taken."""
        if change.before is change.after:
            return change.aside
        if change.before is not None:
            self._put[change.before.type](change.before, False)
        if change.after is not None:
            return self._put[change.after.type](change.after, True) or change.aside
        return change.aside

    def newest_ms(self) -> int | None:
        """Return the event time of the newest lap, stop or flag [ms], None if there is none."""
        if self._newest is None:
            stops = [*self.ins.values(), *self.outs.values()]
            times = [e.at_ms for named in (*stops, self.flags) for e in named.values()]
            if self.laps.at.size:
                times.append(int(self.laps.at.max()))
            self._newest = max(times, default=-1)
        return None if self._newest < 0 else self._newest

    def closed_ms(self) -> int | None:
        """Return when what is open ends [ms]: at the newest entry, if a flush came after it."""
        newest = self.newest_ms()
        if newest is None or all(e.at_ms < newest for e in self.flushes.values()):
            return None
        return newest

    def said(self, car: str, lap: int) -> tuple[list[Entry], list[Entry]]:
        """Return all claims about a stop and all decisions on it."""
        claims, decisions = self.claims.get((car, lap), {}), self.decisions.get((car, lap), {})
        return list(claims.values()), list(decisions.values())

    def _time(self, at_ms: int, there: bool) -> None:
        """Keep the newest time; when it is taken out, it has to be looked for."""
        self.since_ms = min(self.since_ms, at_ms)
        if self._newest is not None:
            if there:
                self._newest = max(self._newest, at_ms)
            elif at_ms == self._newest:
                self._newest = None

    def _lap(self, entry: Entry, there: bool) -> Rejection | None:
        """Enter a lap: of several facts about it the one with the highest revision counts."""
        data = entry.data
        row, lap = self.laps.add_car(data["car"]), data["lap"]
        self.laps.reach(lap)
        stated = self._stated.setdefault((data["car"], lap), [])
        before = stated[0] if stated else None
        if there:
            stated.append(entry)
            if len(stated) > 1:
                stated.sort(key=lambda e: (-revision(e), e.fact))
        else:
            stated.remove(entry)
        self._write(row, lap, stated[0] if stated else None)
        self._time(entry.at_ms, there)
        return _rival(entry, stated, before) if there and before is not None else None

    def _write(self, row: int, lap: int, entry: Entry | None) -> None:
        laps, data = self.laps, {} if entry is None else entry.data
        at_ms = -1 if entry is None else entry.at_ms
        if laps.at[row, lap] != at_ms:
            if at_ms >= 0:  # a rival that counts now may be older than what was taken out
                self.since_ms = min(self.since_ms, at_ms)
            laps.at[row, lap] = at_ms
            laps.touched[row, lap] = True
        laps.reported[row, lap] = data.get("lap_ms", 0)
        laps.scored[row, lap] = data.get("place", 0)
        self.stale.rows.add(row)
        self.stale.laps.add(lap)

    def _pit(self, entry: Entry, there: bool) -> None:
        row = self.laps.add_car(entry.data["car"])
        named = (self.ins if entry.type == "pit_in" else self.outs).setdefault(row, {})
        _enter(named, entry, there)
        self._time(entry.at_ms, there)
        self.stale.pits.add(row)

    def _flag(self, entry: Entry, there: bool) -> None:
        _enter(self.flags, entry, there)
        self._time(entry.at_ms, there)
        self.stale.flags = True

    def _flush(self, entry: Entry, there: bool) -> None:
        _enter(self.flushes, entry, there)

    def _note(self, entry: Entry, there: bool) -> None:
        _enter(self.notes, entry, there)
        self.stale.notes.add(entry.fact)

    def _report(self, entry: Entry, there: bool) -> None:
        stop = (entry.data["car"], entry.data["lap"])
        reports = self.claims if entry.type == "pit_report" else self.decisions
        _enter(reports.setdefault(stop, {}), entry, there)
        self.stale.reports.add(stop)


def _enter(named: Named, entry: Entry, there: bool) -> None:
    if there:
        named[entry.fact] = entry
    else:
        named.pop(entry.fact, None)


def _rival(entry: Entry, stated: list[Entry], before: Entry) -> Rejection:
    """Say which of two facts about the same car and lap does not count."""
    loser = before if stated[0] is entry else entry
    want = f"a lap of the car that no other fact states; {stated[0].fact} does, and counts"
    return Rejection(loser.uid, "lap", loser.data["lap"], want, loser.id)

"""The fold of a race: entries in, rows out.

Entries become facts (`facts`), facts are entered where they belong (`ledger`), and what
they made stale is worked out anew (`figures`), once for a whole batch, so 20,000 entries
cost little more than the last of them. What differs from what was last told is told (`board`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pitlive.messages import Entry, Fold, Json, Rejection, Rows
from pitlive.race.board import Board
from pitlive.race.facts import RaceFacts
from pitlive.race.figures import RaceFigures
from pitlive.race.laps import Laps
from pitlive.race.ledger import Ledger, Stale
from pitlive.race.spec import MOST_CARS, MOST_NOTES, numbers


class RaceState(Fold):
    """A race so far. Its rows are a function of the set of facts, not of their order.

    >>> race = RaceState({})
    >>> lap = Entry("lap/24/1", "lap", 16183, {"car": "24", "lap": 1, "lap_ms": 16183})
    >>> race.outcome([lap]).rows["standings"]["24"]["last_ms"]
    16183
    """

    def __init__(self, spec: Mapping[str, Json]) -> None:
        declared = numbers(spec)
        self.spec = spec
        self._declared = None if declared is None else frozenset(declared)
        self._facts = RaceFacts()
        self._noted: set[str] = set()
        self._ledger = Ledger()
        self.figures = RaceFigures(spec, self._ledger)
        self._board = Board(spec, self._ledger, self.figures)
        for car in declared or ():
            self._mention(car)

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Fold a batch in; return what could not be taken."""
        return [refused for entry in batch if (refused := self._take(entry))]

    def rows(self) -> Rows:
        """Return the rows that may have changed."""
        stale, self._ledger.stale = self._ledger.stale, Stale()
        self.figures.work_out(stale, self._facts.revisions)
        return self._board.rows(stale)

    @property
    def now_ms(self) -> int:
        """What time it is: the newest event time of all that counts [ms]."""
        return self._facts.newest_ms

    @property
    def laps(self) -> Laps:
        """The laps of the field; to be read, not written."""
        return self._ledger.laps

    @property
    def due_ms(self) -> None:
        """Nothing in a race changes by time alone."""

    def _take(self, entry: Entry) -> Rejection | None:
        if not entry.retract and not self._ledger.knows(entry.type):
            return Rejection(entry.uid, "type", entry.type, "a type of entry of a race", entry.id)
        if refused := self._no_room(entry):
            return refused
        if entry.type == "note" and not entry.retract:
            self._noted.add(entry.fact)
        change = self._facts.add(entry)
        if change is None:
            return None
        for car in self._facts.cars(entry.fact):
            self._mention(car)
        return self._ledger.take(change)

    def _no_room(self, entry: Entry) -> Rejection | None:
        """Refuse a car that is not declared, and a car or a note more than a race can have.

        A note that is taken back counts as well: facts keep what it said.
        """
        car, laps = entry.data.get("car"), self._ledger.laps
        if car is not None and car not in laps.row:
            if self._declared is not None:
                want = f"one of the {len(self._declared)} cars of this race"
                return Rejection(entry.uid, "car", car, want, entry.id)
            if len(laps.cars) >= MOST_CARS:
                want = f"one of the {MOST_CARS} cars that were reported first"
                return Rejection(entry.uid, "car", car, want, entry.id)
        is_new = entry.type == "note" and not entry.retract and entry.fact not in self._noted
        if is_new and len(self._noted) >= MOST_NOTES:
            want = f"one of the {MOST_NOTES:,} notes that were reported first"
            return Rejection(entry.uid, "type", "note", want, entry.id)
        return None

    def _mention(self, car: str) -> None:
        """Note that an entry is about a car, which appears when it is first mentioned."""
        if car not in self._ledger.laps.row:
            self._ledger.stale.rows.add(self._ledger.laps.add_car(car))
        self._ledger.stale.revised.add(car)

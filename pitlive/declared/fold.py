"""The fold of a declared source: entries in, rows out.

Entries become rows of tables, facts decide which rows count, and every stat is told of the
rows that do from now on and of those that no longer do. A batch costs a stat a few numpy
calls, however long it is. The clock is the newest event time of the facts that count and of
ticks: nothing here asks what time it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from pitlive.ahead import CLOCK_IS_SET_MS
from pitlive.batch import Batch, scattered
from pitlive.declared.clock import SourceClock
from pitlive.declared.facts import Reports, VersionedFacts
from pitlive.declared.group_limit import GroupLimit
from pitlive.declared.rules import RuleSpec
from pitlive.declared.spec import SourceSpec
from pitlive.declared.stat import StatSpec, channel_of
from pitlive.declared.type_state import TypeState
from pitlive.declared.watching import Rules
from pitlive.messages import Entry, Fold, Rejection, Rows
from pitlive.numerics import Ints
from pitlive.reported import MOST_GROUPS

FLUSH = "flush"
"""The stream has ended; what is open closes."""

TICK = "tick"
"""Nothing has happened, and it is later."""


@dataclass(slots=True)
class Moved:
    """What entries of a batch made count, or no longer, by type; and the clock after each.

    Attributes:
        rows: Of each type, rows that count now, and `~row` of those that no longer do.
        entries: Which entry moved each of them.
    """

    uids: Sequence[str]
    clocks: Ints
    rows: dict[str, list[int]] = field(default_factory=dict)
    entries: dict[str, list[int]] = field(default_factory=dict)

    def note(self, type: str, row: int, n: int) -> None:
        """Note what an entry did."""
        self.rows.setdefault(type, []).append(row)
        self.entries.setdefault(type, []).append(n)


class DeclaredState(Fold):
    """A declared source so far. Its rows are a function of the set of facts, not of their order.

    >>> from pitlive.declared.validation import read
    >>> told = {"kind": "declared", "entries": {"ballot": {"fields": {"how": "text"}}}}
    >>> told["stats"] = [{"name": "n", "kind": "count", "by": ["how"]}]
    >>> state = DeclaredState(read(told))
    >>> state.outcome([Entry("a", "ballot", 5, {"how": "web"})]).rows
    {'n': {'web': {'count': 1}}}
    """

    def __init__(self, spec: SourceSpec) -> None:
        self._facts = VersionedFacts(list(spec.entries))
        self._types = {
            name: TypeState(n, type) for n, (name, type) in enumerate(spec.entries.items())
        }
        self._clock = SourceClock(list(self._types.values()))
        self._ahead = spec.ahead
        self._room = GroupLimit(spec.most_groups or MOST_GROUPS, self._types)
        rules = [one for one in spec.stats if isinstance(one, RuleSpec)]
        figures = [one for one in spec.stats if not isinstance(one, RuleSpec)]
        self._rules = Rules(rules)
        for stat in chain.from_iterable(one.levels for one in figures):
            self._add(stat, self._types[stat.entries or next(iter(spec.entries))])
        self._rules.pass_to(0)  # what holds before any entry is no news

    def _add(self, spec: StatSpec, about: TypeState) -> None:
        """Add a stat to the types that it is about."""
        is_watched = (channel := channel_of(spec.name)) in self._rules.stats
        about.add(spec, is_watched=is_watched)
        for other in spec.others:
            self._types[other].join(spec, about, is_watched=is_watched)
        if is_watched:
            self._rules.watch(channel, about.stats[spec.name])

    @property
    def due_ms(self) -> int | None:
        """The event time at which rows change though nothing happens [ms], if there is one."""
        due = [self._rules.due_ms, *(type.due_ms for type in self._types.values())]
        return min((ms for ms in due if ms is not None), default=None)

    @property
    def now_ms(self) -> int:
        """What time it is: the newest event time of all that counts, and of ticks [ms]."""
        return self._clock.now_ms

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Fold a batch in; return what could not be taken."""
        aside: list[Rejection] = []
        whole = Batch.of(batch)
        at_ms = np.array(whole.at_ms, np.int64)
        kept = self._room.admitted(self._in_time(whole, at_ms, aside), aside)
        for part in _up_to_each_flush(kept):
            self._enter(part, at_ms if part is whole else np.array(part.at_ms, np.int64), aside)
            if self.now_ms and _is_flush(part):
                for type in self._types.values():
                    type.flush()
        return aside

    def _in_time(self, batch: Batch, at_ms: Ints, aside: list[Rejection]) -> Batch:
        """Leave out what is further ahead of when it was seen than the declaration allows."""
        if self._ahead is None or not batch.logged:
            return batch
        seen = (one.seen_ms for one in batch.logged)
        seen_ms = min((ms for ms in seen if ms > CLOCK_IS_SET_MS), default=0)
        if not self._ahead.is_beyond(int(at_ms.max()), seen_ms):
            return batch
        kept: list[Entry] = []
        for entry in batch:
            if self._ahead.is_beyond(entry.at_ms, entry.seen_ms):
                want = self._ahead.want(entry.seen_ms, "when it was seen")
                aside.append(Rejection(entry.uid, "at_ms", entry.at_ms, want, entry.id))
            else:
                kept.append(entry)
        return Batch.of(kept)

    def _settle(self, moved: Moved, now_ms: int, *, back: bool = False) -> None:
        """Let the stats know what moved, and what time it is.

        Args:
            back: It is earlier than it was thought to be.
        """
        for name in moved.rows:
            self._types[name].move(moved.rows[name], moved.entries[name])
        moved.rows, moved.entries = {}, {}
        for type in self._types.values():
            type.take(moved.clocks, moved.uids)
        for type in self._types.values():
            type.pass_to(now_ms, back=back)
        self._rules.pass_to(now_ms, back=back)

    def rows(self) -> Rows:
        """Return the rows that may have changed."""
        found: Rows = {}
        for type in self._types.values():
            type.collect(found)
        self._rules.collect(found)
        return found

    def _enter(self, batch: Batch, at_ms: Ints, aside: list[Rejection]) -> None:
        """Give every entry its row, and find what counts of its fact."""
        placed = [
            (type, part, type.place(part))
            for part in batch.parts
            if not part.retract and (type := self._types.get(part.type))
        ]
        first = [
            Reports(tuple(batch.uids_of(part)), type.number, rows) for type, part, rows in placed
        ]
        if batch.is_plain and len(placed) == len(batch.parts) and self._facts.are_first(first):
            for type, part, rows in placed:
                type.move(rows, part.places)
            self._settle(Moved(batch.uids, self._clock.over(at_ms)), self.now_ms)
            return
        known = scattered(len(batch), ((part.places, rows) for _, part, rows in placed))
        self._one_by_one(batch, known, aside)

    def _one_by_one(
        self, batch: Batch, known: Sequence[int | None], aside: list[Rejection]
    ) -> None:
        """Enter entries of which some may correct something.

        One that turns the clock back is settled by itself: what it was before and after are
        two different times.
        """
        moved = Moved(batch.uids, np.full(len(batch), self.now_ms))
        for n, (entry, row) in enumerate(zip(batch, known, strict=True)):
            if row is None and not entry.retract:
                aside += self._unknown(entry)
                moves: list[tuple[str, int]] = []
            else:
                moves = list(self._moved(entry, row, aside))
            before_ms, after_ms = self.now_ms, self._after(entry, moves)
            if is_back := after_ms < before_ms:
                self._settle(moved, before_ms)
            moved.clocks[n] = after_ms
            for name, one in moves:
                moved.note(name, one, n)
            if is_back:
                self._settle(moved, after_ms, back=True)
        self._settle(moved, self.now_ms)

    def _after(self, entry: Entry, moves: Sequence[tuple[str, int]]) -> int:
        """Return what time it is after an entry that moved these rows [ms]."""
        if entry.type in (FLUSH, TICK) and not entry.retract:
            return self._clock.after(ticked=entry.at_ms)
        won, lost = list[int](), list[int]()
        for name, row in moves:
            self._types[name].note(row)
            at_ms = self._types[name].at_ms(row if row >= 0 else ~row)
            (won if row >= 0 else lost).append(at_ms)
        return self._clock.after(won=won, lost=lost)

    def _unknown(self, entry: Entry) -> list[Rejection]:
        """Say of an entry that it is of no type of this source."""
        if entry.type in (FLUSH, TICK):
            return []
        want = f"one of {', '.join(self._types)}"
        return [Rejection(entry.uid, "type", entry.type, want, entry.id)]

    def _moved(
        self, entry: Entry, row: int | None, aside: list[Rejection]
    ) -> Iterator[tuple[str, int]]:
        """Yield the type and the row of what an entry makes count, or ~row if it no longer does.

        Args:
            row: Its own row, None of a retraction.
        """
        if row is not None and not entry.revision and entry.amends is None:
            if self._facts.is_first(entry.uid, self._types[entry.type].number, row):
                yield entry.type, row
                return
            if self._facts.is_known(entry):
                return
        change, refused = self._facts.take(entry, row or 0)
        if refused:
            aside.append(refused)
        if change and change.before:
            yield change.before.type, ~change.before.row
        if change and change.after:
            yield change.after.type, change.after.row


def _up_to_each_flush(batch: Batch) -> Iterator[Batch]:
    """Yield the parts of a batch that end with a flush, and the rest."""
    flushes = (place for part in batch.parts if part.type == FLUSH for place in part.places)
    start = 0
    for place in sorted(flushes):
        yield batch[start : place + 1]
        start = place + 1
    if start < len(batch) or not start:
        yield batch[start:]


def _is_flush(batch: Batch) -> bool:
    return any(part.type == FLUSH for part in batch.parts)

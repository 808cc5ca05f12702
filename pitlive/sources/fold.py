"""The fold of a declared source: entries in, rows out.

Entries become rows of tables, facts decide which rows count, and every stat is told of the
rows that do from now on and of those that no longer do. A batch costs a stat a few numpy
calls, however long it is. The clock is the largest event time of all entries, ticks among
them: nothing here asks what time it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from pitlive.batch import Batch, scattered
from pitlive.messages import Entry, Fold, Rows, SetAside
from pitlive.sources.facts import Facts, Reports
from pitlive.sources.rules import RuleSpec
from pitlive.sources.spec import SourceSpec
from pitlive.sources.stats import Declared, channel_of
from pitlive.sources.type_state import TypeState
from pitlive.sources.watching import Rules

FLUSH = "flush"
"""The stream has ended; what is open closes."""

TICK = "tick"
"""Nothing has happened, and it is later."""


class DeclaredState(Fold):
    """A declared source so far. Its rows are a function of the set of facts, not of their order.

    >>> from pitlive.sources.spec import read
    >>> told = {"kind": "declared", "entries": {"ballot": {"fields": {"how": "text"}}}}
    >>> told["stats"] = [{"name": "n", "kind": "count", "by": ["how"]}]
    >>> state = DeclaredState(read(told))
    >>> state.apply([Entry("a", "ballot", 5, {"how": "web"})]).rows
    {'n': {'web': {'count': 1}}}
    """

    def __init__(self, spec: SourceSpec) -> None:
        self._facts = Facts(list(spec.entries))
        self._types = {
            name: TypeState(n, type) for n, (name, type) in enumerate(spec.entries.items())
        }
        self._now_ms = 0
        rules = [one for one in spec.stats if isinstance(one, RuleSpec)]
        figures = [one for one in spec.stats if not isinstance(one, RuleSpec)]
        self._rules = Rules(rules)
        for stat in chain.from_iterable(one.levels for one in figures):
            self._add(stat, self._types[stat.entries or next(iter(spec.entries))])

    def _add(self, spec: Declared, about: TypeState) -> None:
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

    def take(self, batch: Sequence[Entry]) -> list[SetAside]:
        """Fold a batch in; return what could not be taken."""
        aside: list[SetAside] = []
        for part in _up_to_each_flush(Batch.of(batch)):
            self._enter(part, aside)
            clocks = np.maximum.accumulate(np.array([self._now_ms, *part.at_ms], np.int64))
            self._now_ms = int(clocks[-1])
            for type in self._types.values():
                type.take(clocks[1:], part.uids)
            for type in self._types.values():
                if self._now_ms:
                    type.pass_to(self._now_ms, flush=_is_flush(part))
            self._rules.pass_to(self._now_ms)
        return aside

    def rows(self) -> Rows:
        """Return the rows that may have changed."""
        found: Rows = {}
        for type in self._types.values():
            type.collect(found)
        self._rules.collect(found)
        return found

    def _enter(self, batch: Batch, aside: list[SetAside]) -> None:
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
            return
        known = scattered(len(batch), ((part.places, rows) for _, part, rows in placed))
        moved: dict[str, tuple[list[int], list[int]]] = {name: ([], []) for name in self._types}
        for n, (entry, row) in enumerate(zip(batch, known, strict=True)):
            if row is None and not entry.retract:
                aside += self._unknown(entry)
                continue
            for name, one in self._moved(entry, row, aside):
                moved[name][0].append(one)
                moved[name][1].append(n)
        for name, (its_rows, entries) in moved.items():
            self._types[name].move(its_rows, entries)

    def _unknown(self, entry: Entry) -> list[SetAside]:
        """Say of an entry that it is of no type of this source."""
        if entry.type in (FLUSH, TICK):
            return []
        want = f"one of {', '.join(self._types)}"
        return [SetAside(entry.uid, "type", entry.type, want, entry.id)]

    def _moved(
        self, entry: Entry, row: int | None, aside: list[SetAside]
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

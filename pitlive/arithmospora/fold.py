"""The fold of a source of figures: readings of stats in, rows out.

A reading holds a stat and its data points as they were at one moment, and is folded in as one:
a long one comes in parts, and counts when all of them are there. Where there is no room for
rows that are new (`room`), the others of the reading count all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pitlive.ahead import ahead_of
from pitlive.arithmospora import buckets
from pitlive.arithmospora.row_limit import Rooms
from pitlive.arithmospora.spec import FiguresSpec
from pitlive.arithmospora.stat import StatState
from pitlive.arithmospora.waiting_parts import Lack, Reading
from pitlive.datapoints.names import MILESTONES
from pitlive.messages import Entry, Fold, Rejection, Row, Rows


class FiguresState(Fold):
    """A source of figures so far.

    >>> from pitlive.arithmospora.spec import read
    >>> stats = [{"name": "other:totalvotes", "kind": "single_value"}]
    >>> state = FiguresState(read({"kind": "figures", "stats": stats}))
    >>> told = {"stat": "other:totalvotes", "us": 7, "whole": True, "rows": {"": 2345}}
    >>> state.outcome([Entry("a", "reading", 5, told)]).rows
    {'other:totalvotes': {'': {'totalvotes': 2345}}}
    """

    def __init__(self, spec: FiguresSpec) -> None:
        self._spec = spec
        self._ahead = ahead_of(spec.model_dump(include={"at_most_ahead"}))
        self._stats = {stat.name: StatState(stat, spec) for stat in spec.stats}
        self._timed = [stat for stat in self._stats.values() if stat.is_timed]
        self._starts: Mapping[int, int] = {}
        self._rooms = Rooms(spec.most_groups)
        self._reached: dict[str, Row | None] = {}
        self.now_ms = 0
        """The newest time of what counts."""

    @property
    def due_ms(self) -> int | None:
        """When a window of buckets next moves [ms], None if none will."""
        return buckets.due_ms(self._spec, self.now_ms) if self._timed else None

    def apply(self, batch: Sequence[Entry]) -> list[Rejection]:
        """Fold a batch in; return that for which there is no room, or what is too far ahead.

        What is further ahead of when it was seen would be newer than all that is read for years.
        """
        aside: list[Rejection] = []
        for entry in batch:
            if self._ahead and self._ahead.is_beyond(entry.at_ms, entry.seen_ms):
                want = self._ahead.want(entry.seen_ms, "when it was seen")
                aside.append(Rejection(entry.uid, "at_ms", entry.at_ms, want, entry.id))
                continue
            stat = self._stats.get(entry.data.get("stat", ""))
            if stat is None:  # a tick, or one that is declared no more: it is kept in the log
                self.now_ms = max(self.now_ms, entry.at_ms)
            elif reading := stat.parts.complete(entry.data):
                aside += self._read(stat, reading, entry)
            else:
                lacks = stat.parts.add(entry, self._rooms.waiting.of(stat.channel), stat.readings)
                aside += [self._rooms.no_wait(stat.channel, one) for one in lacks]
            if stat is not None:
                self._rooms.waiting.note(stat.channel, len(stat.parts))
        for stat in self._stats.values():
            stat.pass_to(self.now_ms)
        return aside

    def rows(self) -> Rows:
        """Return the rows that may have changed since they were last asked for."""
        found = {stat.channel: stat.rows() for stat in self._stats.values()}
        reached, self._reached = self._reached, {}
        return {name: rows for name, rows in (found | {MILESTONES: reached}).items() if rows}

    def _read(self, stat: StatState, reading: Reading, entry: Entry) -> list[Rejection]:
        """Take a reading, as of its time unless nothing of it can be taken.

        Buckets that are past by then go first; if any did, there is room for something of it.
        """
        now_ms = max(self.now_ms, entry.at_ms)
        starts = buckets.starts(self._spec, now_ms) if self._timed else {}
        if starts != self._starts:
            self._forget(starts)
        shown = stat.apply(reading, entry.at_ms, starts, self._rooms.kept.of(stat.channel))
        self._rooms.kept.note(stat.channel, len(stat.readings))
        if shown.counts:
            self.now_ms, self._starts = now_ms, starts
            self._reached.update(shown.reached)
        lack = Lack(entry, shown.lacked)
        return [self._rooms.no_new(stat.channel, lack)] if shown.lacked else []

    def _forget(self, starts: Mapping[int, int]) -> None:
        """Keep no buckets that are shown no more: else time alone would fill the room."""
        for stat in self._timed:
            stat.readings.forget(buckets.passed(self._starts, starts, stat.readings))
            self._rooms.kept.note(stat.channel, len(stat.readings))

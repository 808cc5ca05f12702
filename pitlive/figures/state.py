"""The fold of a source of figures: readings of stats in, rows out.

A reading holds a stat and its data points as they were at one moment, and is folded in as one:
a long one comes in parts, and counts when all of them are there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pitlive.ahead import ahead_of
from pitlive.figures import buckets, values
from pitlive.figures.milestones import Milestones
from pitlive.figures.names import MILESTONES, called, channel
from pitlive.figures.readings import Readings
from pitlive.figures.room import Room
from pitlive.figures.room import Rows as Counted
from pitlive.figures.spec import FiguresSpec, Stat
from pitlive.messages import Entry, Fold, Json, Row, Rows, SetAside


class StatState:
    """One stat: what was read, and what is told of it."""

    def __init__(self, stat: Stat, spec: FiguresSpec) -> None:
        self._stat, self._spec = stat, spec
        self._name = called(stat.model_dump()).name
        self._readings = Readings()
        self._milestones = Milestones([one for one in spec.milestones if one.stat == stat.name])
        self._parts: dict[int, dict[int, Mapping[str, Json]]] = {}
        self._shown: dict[int, range] = {}
        self._touched: set[str] = set()
        self.channel = channel(stat.name)

    def take(self, data: Mapping[str, Json], at_ms: int) -> Mapping[str, Row]:
        """Take a reading, or a part of one; return the milestones that are reached now."""
        parts = self._with(data)
        if len(parts) < data.get("parts", 1):
            self._parts[data["us"]] = parts
            return {}
        first = not self._readings.is_known
        self._parts = {us: held for us, held in self._parts.items() if us > data["us"]}
        rows = {key: row for part in parts.values() for key, row in part.get("rows", {}).items()}
        gone = [key for part in parts.values() for key in part.get("gone", ())]
        self._touched |= self._readings.take(data["us"], rows, gone, whole=bool(data.get("whole")))
        return self._milestones.reached(self._row, at_ms, announced=not first)

    @property
    def counted(self) -> Counted:
        """How many rows are kept, and how many wait for the rest of their readings."""
        return len(self._readings), sum(
            len(_keys(part)) for parts in self._parts.values() for part in parts.values()
        )

    def counted_with(self, data: Mapping[str, Json]) -> Counted:
        """The same if a reading, or a part of one, were taken."""
        parts, (kept, waiting) = self._with(data), self.counted
        if len(parts) < data.get("parts", 1):
            return kept, waiting + len(_keys(data))
        keys = {key for part in parts.values() for key in _keys(part)}
        return self._readings.after(data["us"], keys, whole=bool(data.get("whole"))), waiting

    def _with(self, data: Mapping[str, Json]) -> dict[int, Mapping[str, Json]]:
        """Return the parts of a reading that are there, with one more."""
        return {**self._parts.get(data["us"], {}), data.get("part", 1): data}

    def pass_to(self, now_ms: int) -> None:
        """Show the buckets of now, zero where nothing was read."""
        if self._stat.kind != "timed" or not self._readings.is_known:
            return
        for period in self._spec.periods:
            before = self._shown.get(period.granularity, range(0))
            now = buckets.shown(period, self._spec, now_ms)
            if now != before:
                self._shown[period.granularity] = now
                moved = sorted(set(before).symmetric_difference(now))
                self._touched.update(f"{period.granularity}/{bucket}" for bucket in moved)

    def rows(self) -> dict[str, Row | None]:
        """Return the rows that may have changed since the last time."""
        touched, self._touched = self._touched, set()
        return {key: self._row(key) for key in touched}

    def _row(self, key: str) -> Row | None:
        read = self._readings.get(key)
        if self._stat.kind == "timed":
            granularity, _, bucket = key.partition("/")
            is_shown = bucket and int(bucket) in self._shown.get(int(granularity), ())
            return (read or 0) if is_shown else None
        return None if read is None else values.row(self._stat.kind, self._name, key, read)


def _keys(part: Mapping[str, Json]) -> list[str]:
    """The rows that a part of a reading is about."""
    return [*part.get("rows", ()), *part.get("gone", ())]


class FiguresState(Fold):
    """A source of figures so far.

    >>> from pitlive.figures.spec import read
    >>> stats = [{"name": "other:totalvotes", "kind": "single_value"}]
    >>> state = FiguresState(read({"kind": "figures", "stats": stats}))
    >>> told = {"stat": "other:totalvotes", "us": 7, "whole": True, "rows": {"": 2345}}
    >>> state.apply([Entry("a", "reading", 5, told)]).rows
    {'other:totalvotes': {'': {'totalvotes': 2345}}}
    """

    def __init__(self, spec: FiguresSpec) -> None:
        self._spec = spec
        self._ahead = ahead_of(spec.model_dump(include={"kind", "at_most_ahead"}))
        self._stats = {stat.name: StatState(stat, spec) for stat in spec.stats}
        self._room = Room(spec.most_groups)
        self._is_timed = any(stat.kind == "timed" for stat in spec.stats)
        self._reached: dict[str, Row | None] = {}
        self.now_ms = 0
        """The newest time of what counts."""

    @property
    def due_ms(self) -> int | None:
        """When a window of buckets next moves [ms], None if none will."""
        return buckets.due_ms(self._spec, self.now_ms) if self._is_timed else None

    def take(self, batch: Sequence[Entry]) -> list[SetAside]:
        """Fold a batch in; return that for which there is no room, or what is too far ahead.

        What is further ahead of when it was seen would be newer than all that is read for years.
        """
        aside: list[SetAside] = []
        for entry in batch:
            if self._ahead and self._ahead.is_beyond(entry.at_ms, entry.seen_ms):
                want = self._ahead.want(entry.seen_ms, "when it was seen")
                aside.append(SetAside(entry.uid, "at_ms", entry.at_ms, want, entry.id))
                continue
            self.now_ms = max(self.now_ms, entry.at_ms)
            stat = self._stats.get(entry.data.get("stat", ""))
            if stat is None:  # one that is declared no more is kept in the log
                continue
            if want := self._room.lacks(stat.channel, stat.counted_with(entry.data)):
                got = f"{len(_keys(entry.data)):,} rows of {stat.channel}"
                aside.append(SetAside(entry.uid, "rows", got, want, entry.id))
                continue
            self._reached.update(stat.take(entry.data, entry.at_ms))
            self._room.note(stat.channel, stat.counted)
        for stat in self._stats.values():
            stat.pass_to(self.now_ms)
        return aside

    def rows(self) -> Rows:
        """Return the rows that may have changed since they were last asked for."""
        found = {stat.channel: stat.rows() for stat in self._stats.values()}
        reached, self._reached = self._reached, {}
        return {name: rows for name, rows in (found | {MILESTONES: reached}).items() if rows}

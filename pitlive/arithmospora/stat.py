"""One stat of a source of figures: what was read, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pitlive.arithmospora import buckets, values
from pitlive.arithmospora.milestones import Milestones
from pitlive.arithmospora.readings import Readings
from pitlive.arithmospora.spec import FiguresSpec, NamedStat
from pitlive.arithmospora.waiting_parts import Reading, WaitingParts
from pitlive.datapoints.names import called, channel
from pitlive.messages import Row


class Told(NamedTuple):
    """What came of a reading.

    Attributes:
        reached: Rows of the milestones that are reached now.
        lacked: Keys of new rows for which there was no room.
        counts: False where there was no room for anything of it.
    """

    reached: Mapping[str, Row]
    lacked: list[str]
    counts: bool


class StatState:
    """One stat so far.

    Attributes:
        readings: What was read of it.
        parts: Parts of readings that wait for others.
        channel: What its rows are told on.
    """

    def __init__(self, stat: NamedStat, spec: FiguresSpec) -> None:
        self._stat, self._spec = stat, spec
        self._name = called(stat.model_dump()).name
        self._milestones = Milestones([one for one in spec.milestones if one.stat == stat.name])
        self._shown: dict[int, range] = {}
        self._touched: set[str] = set()
        self.readings = Readings()
        self.parts = WaitingParts()
        self.channel = channel(stat.name)

    @property
    def is_timed(self) -> bool:
        """Whether its rows are buckets."""
        return self._stat.kind == "timed"

    def take(self, reading: Reading, at_ms: int, starts: Mapping[int, int], most: int) -> Told:
        """Take a reading.

        Args:
            starts: The first bucket of each length that is still shown; older ones are not kept.
            most: Rows that may be kept.
        """
        us, rows, gone, whole = reading
        if self.is_timed:
            rows = {key: row for key, row in rows.items() if not buckets.is_past(key, starts)}
            gone = [key for key in gone if not buckets.is_past(key, starts)]
        first = not self.readings.is_known
        changed, lacked = self.readings.take(us, rows, gone, whole=whole, most=most)
        if lacked and not whole and len(lacked) == len({*rows, *gone}):
            return Told({}, lacked, counts=False)
        self._touched |= changed
        reached = self._milestones.reached(self._row, at_ms, announced=not first)
        return Told(reached, lacked, counts=True)

    def pass_to(self, now_ms: int) -> None:
        """Show the buckets of now, zero where nothing was read."""
        if not self.is_timed or not self.readings.is_known:
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
        read = self.readings.get(key)
        if self.is_timed:
            granularity, _, bucket = key.partition("/")
            is_shown = bucket and int(bucket) in self._shown.get(int(granularity), ())
            return (read or 0) if is_shown else None
        return None if read is None else values.row(self._stat.kind, self._name, key, read)

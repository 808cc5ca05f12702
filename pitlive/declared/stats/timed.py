"""Figures by the minute, the hour and so on: a row a bucket, so a change costs a few bytes."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from pitlive.declared.fact_table import AT_MS, NOTHING
from pitlive.declared.groups import NONE, Groups
from pitlive.declared.stat import RowUpdates, StatSpec
from pitlive.numerics import Ints

Seconds = Annotated[int, Field(ge=1, le=31_536_000)]
BucketSeries = tuple[int, int]
"""A group and the length of its buckets [s]."""


class Spec(StatSpec):
    """Row: a number. Key: the group, the length of the bucket, and unix time // that length.

    Buckets in which nothing happened are there, and 0: from `start_s`, or the first entry of
    the group, to now, or `end_s`.
    """

    kind: Literal["timed"]
    every_s: tuple[Seconds, ...] = Field(
        (60, 300, 3600), min_length=1, description="Lengths of the buckets [s]."
    )
    of: str = Field("", description="The field that is added up; none: entries are counted.")
    start_s: int | None = Field(None, ge=0, description="The first moment [s since 1970].")
    end_s: int | None = Field(None, ge=0, description="The last moment [s since 1970].")
    keep: int = Field(
        3000, ge=1, le=100_000, description="Buckets that are shown of each length, the newest."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Spec:
        if None not in (self.start_s, self.end_s) and self.start_s > self.end_s:  # type: ignore[operator]
            raise ValueError(f"end_s: got {self.end_s}, want at least start_s, {self.start_s}")
        return self

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,) if self.of else ()


class Buckets:
    """One series: what is in each bucket that anything is in, and which are shown."""

    def __init__(self) -> None:
        self.entries: dict[int, int] = {}
        self.units: dict[int, int] = {}
        self.touched: set[int] = set()
        self.shown = range(0)

    def add(self, bucket: int, entries: int, units: int) -> None:
        """Add to a bucket."""
        self.touched.add(bucket)
        self.entries[bucket] = self.entries.get(bucket, 0) + entries
        self.units[bucket] = self.units.get(bucket, 0) + units
        if not self.entries[bucket] and not self.units[bucket]:  # else what was lost is won next
            del self.entries[bucket], self.units[bucket]

    def show(self, shown: range) -> set[int]:
        """Show these buckets from now on; return those that may look different."""
        before, self.shown = self.shown, shown
        touched, self.touched = self.touched, set()
        if before == shown:
            return touched
        return touched | set(before).symmetric_difference(shown)


class Stat:
    """A count and an exact sum of every bucket of every group."""

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._spec, self._groups, self._table = spec, groups, groups.table
        self._scale = groups.table.scale(spec.of) if spec.of else 1
        self._series: dict[BucketSeries, Buckets] = {}
        self._now_s = 0

    def take(self, rows: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do."""
        units = np.zeros(len(rows), np.int64)
        if self._spec.of:
            units = self._table.column(self._spec.of)[rows]
            rows, units = rows[units != NOTHING], units[units != NOTHING]
        groups = self._groups.of[rows]
        for every_s in self._spec.every_s:
            buckets = self._table.column(AT_MS)[rows] // (1000 * every_s)
            self._add(every_s, groups, buckets, sign * units, sign)

    def _add(self, every_s: int, groups: Ints, buckets: Ints, units: Ints, sign: int) -> None:
        order = np.lexsort((buckets, groups))
        groups, buckets = groups[order], buckets[order]
        is_new = np.diff(groups, prepend=-1).astype(bool) | np.diff(buckets, prepend=-1).astype(
            bool
        )
        starts = np.flatnonzero(is_new)
        counts = np.diff(np.append(starts, len(groups)))
        sums = np.add.reduceat(units[order], starts) if starts.size else starts
        found = zip(groups[starts].tolist(), buckets[starts].tolist(), counts, sums, strict=True)
        for group, bucket, count, total in found:
            if group != NONE:
                series = self._series.setdefault((group, every_s), Buckets())
                series.add(bucket, sign * int(count), int(total))

    def pass_to(self, now_ms: int) -> None:
        """New buckets begin."""
        self._now_s = now_ms // 1000

    @property
    def due_ms(self) -> int | None:
        """When the next bucket begins [ms], None after the end."""
        if not self._series or self._now_s > (self._spec.end_s or self._now_s):
            return None
        return min((self._now_s // every + 1) * every for every in self._spec.every_s) * 1000

    def rows(self) -> RowUpdates:
        """Return the buckets that changed."""
        rows: RowUpdates = {}
        for (group, every_s), series in self._series.items():
            name = self._groups.key(group)
            stem = f"{name}/{every_s}" if name else str(every_s)
            for bucket in sorted(series.show(self._range(every_s, series))):
                rows[f"{stem}/{bucket}"] = self._value(series, bucket)
        return rows

    def _range(self, every_s: int, series: Buckets) -> range:
        if not series.entries:
            return range(0)
        first = min(series.entries) if self._spec.start_s is None else self._spec.start_s // every_s
        now_s = self._now_s if self._spec.end_s is None else min(self._now_s, self._spec.end_s)
        last = now_s // every_s
        return range(max(first, last - self._spec.keep + 1), last + 1)

    def _value(self, series: Buckets, bucket: int) -> float | None:
        if bucket not in series.shown:
            return None
        if not self._spec.of:
            return series.entries.get(bucket, 0)
        units = series.units.get(bucket, 0)
        return units if self._scale == 1 else units / self._scale

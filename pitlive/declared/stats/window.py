"""Windows of event time, tumbling or sliding, each told once it has closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from pitlive.declared.exact import LOW
from pitlive.declared.fact_table import AT_MS, NOTHING
from pitlive.declared.groups import NONE, ONLY, Groups
from pitlive.declared.running_values import split
from pitlive.declared.stat import Moves, RowUpdates
from pitlive.declared.windows import Closed, Windows, WindowSpec
from pitlive.messages import Row
from pitlive.numerics import Ints

LISTED = 100
"""Entries too late for a window that its row lists, the newest; all are counted."""

EMPTY = np.zeros(0, np.int64)


class Spec(WindowSpec):
    """Row: `{"from", "to", "count", "late"}` [ms], and `"sum"`, `"mean"` or `"top"`.

    A window has the entries from `from` up to before `to`, and closes when the clock
    reaches `to` + lateness. What comes for it later is left out, counted as late and listed.
    """

    kind: Literal["window"]
    figure: Literal["count", "sum", "mean", "top"] = Field(
        "count", description="What is told; top: the values of `of` that most entries have."
    )
    of: str = Field("", description="The field it is about; none for count.")
    k: int = Field(10, ge=1, le=1000, description="How many top lists.")
    more_than: int = Field(0, ge=0, description="Top lists values of more entries than that.")
    keep: int = Field(100, ge=1, le=10_000, description="Windows that are shown, the newest.")

    @model_validator(mode="after")
    def _fits(self) -> Spec:
        if (self.figure == "count") == bool(self.of):
            want = "none" if self.of else f"the field whose {self.figure} it is"
            raise ValueError(f"of: got {self.of!r}, want {want}")
        self.check_every()
        return self

    @property
    def numbers(self) -> tuple[str, ...]:
        """The fields that must be numbers."""
        return (self.of,) if self.figure in ("sum", "mean") else ()


class Stat:
    """The newest windows that have closed, and what came too late for them, by group."""

    is_of_the_order = True

    def __init__(self, spec: Spec, groups: Groups) -> None:
        self._spec, self._groups, self._table = spec, groups, groups.table
        self._windows = Windows.of(spec)
        self._known = {ONLY} if not spec.by else set[int]()
        """The groups that have windows: from the first on that anything was in."""
        self._shown: dict[int, dict[int, Row]] = {}
        self._late: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._changed: set[tuple[int, int]] = set()
        self._now_ms = 0

    def apply(self, indices: Ints, sign: int) -> None:
        """Rows count from now on, or no longer do: `follow` says when."""

    def follow(self, moves: Moves) -> None:
        """Enter rows into the windows that are still open when they come."""
        there = self._groups.of[moves.rows] != NONE
        if self._spec.of:
            there &= self._table.column(self._spec.of)[moves.rows] != NOTHING
        moves = moves.among(there)
        windows, late = self._windows.follow(self._table.column(AT_MS)[moves.rows], moves)
        groups, entries = self._groups.of[late.rows].tolist(), late.entries.tolist()
        for number, group, n in zip(windows.tolist(), groups, entries, strict=True):
            self._late[number][group].append(late.uids[n])
            self._changed.add((number, group))

    def pass_to(self, now_ms: int) -> None:
        """Close the windows whose time is up."""
        self._now_ms = now_ms
        self._close(self._windows.closed(now_ms))

    @property
    def reach_ms(self) -> int:
        """How long before now rows may have happened that can come back [ms]."""
        return self._windows.reach_ms

    def rewind(self, now_ms: int, indices: Ints) -> None:
        """Open again what closed only because it was thought to be later.

        Windows that were dropped meanwhile, for there were `keep` newer ones, stay so.
        """
        self._now_ms = now_ms
        last = self._windows.last(now_ms)
        for windows in (self._shown, self._late):
            for number in [n for n in windows if n > last]:
                self._changed.update((number, group) for group in windows.pop(number))
        there = self._groups.of[indices] != NONE
        if self._spec.of:
            there &= self._table.column(self._spec.of)[indices] != NOTHING
        self._windows.rewind(last, indices[there], self._table.column(AT_MS)[indices[there]])

    def flush(self) -> None:
        """Close every window that has begun."""
        self._close(self._windows.flush(self._now_ms))

    @property
    def due_ms(self) -> int | None:
        """When the next window closes [ms]."""
        return self._windows.due_ms

    def _close(self, last: int) -> None:
        """Close the windows up to one; those that nothing is in are windows too."""
        first = self._windows.next
        if first is None or first > last:
            return
        oldest = last - self._spec.keep + 1
        entered = {closed.number: closed for closed in self._windows.close(last)}
        for number in sorted({*entered, *range(max(first, oldest), last + 1)}):
            closed = entered.get(number, Closed(number, EMPTY, EMPTY))
            self._known.update(self._groups.of[closed.rows].tolist())
            if number >= oldest:
                self._shown[number] = dict(self._rows_of(closed))
                self._changed.update((number, group) for group in self._shown[number])
        for windows in (self._shown, self._late):
            for number in [n for n in windows if n < oldest]:
                self._changed.update((number, group) for group in windows.pop(number))

    def rows(self) -> RowUpdates:
        """Return the windows that closed, those that something came too late for, and the old."""
        changed, self._changed = sorted(self._changed), set()
        oldest = (self._windows.next or 0) - self._spec.keep
        rows = {self._key(*one): self._told(*one, oldest) for one in changed}
        for gone in [n for n in self._late if n < oldest]:
            del self._late[gone]
        return rows

    def _told(self, number: int, group: int, oldest: int) -> Row | None:
        if number < oldest or number not in self._shown:
            return None
        row = self._shown[number].get(group) or self._row(number, EMPTY, EMPTY)
        late = self._late[number][group] if number in self._late else []
        return row | {"late": len(late)} | ({"late_uids": late[-LISTED:]} if late else {})

    def _key(self, number: int, group: int) -> str:
        start = str(number * self._windows.every_ms)
        return f"{self._groups.key(group)}/{start}" if self._spec.by else start

    def _rows_of(self, closed: Closed) -> Iterator[tuple[int, Row]]:
        """Yield each group's row of a window."""
        of = self._groups.of[closed.rows]
        order = np.argsort(of, kind="stable")
        of, rows, signs = of[order], closed.rows[order], closed.signs[order]
        for group in sorted(self._known):
            part = slice(*np.searchsorted(of, [group, group + 1]).tolist())
            yield group, self._row(closed.number, rows[part], signs[part])

    def _row(self, number: int, indices: Ints, signs: Ints) -> dict[str, Any]:
        count, start = int(signs.sum()), number * self._windows.every_ms
        row = {"from": start, "to": start + self._windows.over_ms, "count": count}
        if self._spec.figure == "top":
            return row | {"top": self._top(self._table.column(self._spec.of)[indices], signs)}
        if self._spec.figure == "count":
            return row
        scale = self._table.scale(self._spec.of)
        units = _sum(self._table.column(self._spec.of)[indices], signs)
        if self._spec.figure == "sum":
            return row | {"sum": units if scale == 1 else units / scale}
        return row | ({"mean": units / (count * scale)} if count else {})

    def _top(self, values: Ints, signs: Ints) -> list[dict[str, Any]]:
        codes, which = np.unique(values, return_inverse=True)
        counts = np.zeros(len(codes), np.int64)
        np.add.at(counts, which, signs)
        above = counts > self._spec.more_than
        named = (
            (self._table.text(self._spec.of, code), count)
            for code, count in zip(codes[above].tolist(), counts[above].tolist(), strict=True)
        )
        order = sorted(named, key=lambda one: (-one[1], one[0]))
        return [{"key": key, "count": count} for key, count in order[: self._spec.k]]


def _sum(values: Ints, signs: Ints) -> int:
    """Return an exact sum."""
    low, high = (signs[:, None] * split(values)).sum(axis=0).tolist()
    return int(high << LOW) + int(low)

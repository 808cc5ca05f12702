"""What a declared source keeps of one type of entry: its rows, their groups, the stats of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pitlive.batch import Alike, Places
from pitlive.declared.exact import grown
from pitlive.declared.expression import compiled
from pitlive.declared.fact_table import AT_MS, FactTable
from pitlive.declared.groups import Groups
from pitlive.declared.nullable import Expression
from pitlive.declared.registry import STATS
from pitlive.declared.spec import EntryType
from pitlive.declared.stat import (
    Follows,
    Moves,
    Ordered,
    RewindingStat,
    StatSpec,
    Timed,
    channel_of,
)
from pitlive.declared.stepped import Stepped
from pitlive.declared.young import NewestTimes
from pitlive.messages import Rows
from pitlive.numerics import Ints


class TypeState:
    """The table of one type of entry, with its groups and its stats."""

    def __init__(self, number: int, type: EntryType) -> None:
        self._types = {name: field.type for name, field in type.columns.items()}
        derived = {k: compiled(one.expression, self._types) for k, one in type.derived.items()}
        self.number, self.table = number, FactTable(type.columns, derived)
        self._size = 0
        self._counts = np.zeros(0, np.bool_)
        self._newest = NewestTimes()
        self._moved: list[tuple[Sequence[int], Places]] = []
        self._groups: dict[tuple[str, ...], Groups] = {}
        self.grouped: dict[Groups, str] = {}
        """The groups that entries make, and the first stat that has them."""
        self.stats: dict[str, Any] = {}
        self._where: dict[str, Expression] = {}
        self._follows: dict[str, Follows] = {}
        self._timed: dict[str, Timed] = {}

    def add(self, spec: StatSpec, *, is_watched: bool) -> None:
        """Add a stat; stats of the same fields share their groups.

        Args:
            is_watched: A rule looks at it.
        """
        groups = self._groups_of(spec)
        stat = STATS[spec.kind].Stat(spec, groups)
        if is_watched and not isinstance(stat, Follows):
            stat = Stepped(stat)
        self._enter(spec.name, spec.where, stat, is_watched=is_watched)

    def join(self, spec: StatSpec, other: TypeState, *, is_watched: bool) -> None:
        """Let a stat of another type hear of the rows here too."""
        groups = self._groups_of(spec)
        side = other.stats[spec.name].join(groups)
        self._enter(f"{spec.name} joined", spec.where, side, is_watched=is_watched)

    def _groups_of(self, spec: StatSpec) -> Groups:
        groups = self._groups.setdefault(spec.by, Groups(self.table, spec.by))
        if spec.by:
            self.grouped.setdefault(groups, channel_of(spec.name))
        return groups

    def _enter(self, name: str, where: str, stat: Any, *, is_watched: bool) -> None:
        self.stats[name] = stat
        if is_watched or isinstance(stat, Ordered):
            self._follows[name] = stat
        if isinstance(stat, Timed):
            self._timed[name] = stat
        if where:
            self._where[name] = compiled(where, self._types)

    def place(self, part: Alike) -> range:
        """Give a part of the batch its rows, and return them."""
        start, self._size = self._size, self._size + len(part.places)
        self.table.append([part])
        self._counts = grown(self._counts, self._size)
        return range(start, self._size)

    def move(self, rows: Sequence[int], entries: Places) -> None:
        """Rows count from now on, or no longer do.

        Args:
            rows: Those that count from now on, and `~row` of those that no longer do.
            entries: The entry of the batch that moved each of them.
        """
        if isinstance(rows, range):
            self._counts[rows.start : rows.stop] = True
            self._newest.touch(rows.start, rows.stop)
        if rows:
            self._moved.append((rows, entries))

    def note(self, row: int) -> None:
        """Note at once that a row counts, or (`~row`) that it no longer does."""
        at = row if row >= 0 else ~row
        self._counts[at] = row >= 0
        self._newest.touch(at, at + 1)

    def at_ms(self, row: int) -> int:
        """Return when a row happened [ms]."""
        return int(self.table.column(AT_MS)[row])

    @property
    def newest_ms(self) -> int:
        """The newest event time of the rows that count [ms], 0 if none does."""
        return self._newest.ms(self.table.column(AT_MS), self._counts[: self._size])

    def take(self, clocks: Ints, uids: Sequence[str]) -> None:
        """Tell the stats what moved.

        Args:
            clocks: The clock after each entry of the batch [ms].
            uids: The uid of each.
        """
        for groups in self._groups.values():
            groups.extend()
        if self._moved:
            self._tell(_moves(self._moved, clocks, uids))
        self._moved = []

    def _tell(self, moves: Moves) -> None:
        about = {name: self._about(where, moves) for name, where in self._where.items()}
        of_all = _lost_and_won(moves)
        for name, stat in self.stats.items():
            lost, won = _lost_and_won(about[name]) if name in about else of_all
            if lost.size:
                stat.take(lost, -1)
            stat.take(won, 1)
        for name, follows in self._follows.items():
            follows.follow(about.get(name, moves))

    def _about(self, where: Expression, moves: Moves) -> Moves:
        """Return those of the moves whose rows meet a condition."""
        values, there = where.evaluate(self.table, moves.rows)
        return moves.among(values & there)

    def pass_to(self, now_ms: int, *, back: bool = False) -> None:
        """Tell the stats what time it is; `back`: it is earlier than it was thought to be."""
        if not back:
            if now_ms:
                for stat in self._timed.values():
                    stat.pass_to(now_ms)
            return
        for name, stat in self._timed.items():
            if isinstance(stat, RewindingStat):
                stat.rewind(now_ms, self._young(name, now_ms - stat.reach_ms))
            else:
                stat.pass_to(now_ms)

    def _young(self, name: str, since_ms: int) -> Ints:
        """Return the rows that count, happened since then, and are what a stat is about."""
        at_ms, counts = self.table.column(AT_MS), self._counts[: self._size]
        rows = self._newest.since(since_ms, at_ms, counts)
        if name in self._where:
            values, there = self._where[name].evaluate(self.table, rows)
            rows = rows[values & there]
        return rows

    def flush(self) -> None:
        """Tell the stats that the stream has ended."""
        for follows in self._follows.values():
            if isinstance(follows, Ordered):
                follows.flush()

    @property
    def due_ms(self) -> int | None:
        """When the next of them changes by time alone."""
        return min(
            (due for stat in self._timed.values() if (due := stat.due_ms) is not None), default=None
        )

    def collect(self, into: Rows) -> None:
        """Collect the rows that changed."""
        for name, stat in self.stats.items():
            if found := stat.rows():
                into.setdefault(channel_of(name), {}).update(found)


def _moves(
    moved: Sequence[tuple[Sequence[int], Places]], clocks: Ints, uids: Sequence[str]
) -> Moves:
    """Return what moved in the order of the entries."""
    rows = np.concatenate([np.array(rows, np.int64) for rows, _ in moved])
    by = np.concatenate([np.array(entries, np.int64) for _, entries in moved])
    if len(moved) > 1:
        order = np.argsort(by, kind="stable")
        rows, by = rows[order], by[order]
    signs = np.where(rows < 0, -1, 1)
    return Moves(np.where(rows < 0, ~rows, rows), signs, clocks[by], by, uids)


def _lost_and_won(moves: Moves) -> tuple[Ints, Ints]:
    is_won = moves.signs > 0
    return moves.rows[~is_won], moves.rows[is_won]

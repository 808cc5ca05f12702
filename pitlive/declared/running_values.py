"""The course of figures: what they were after every entry of a batch, which rules look at.

A batch leaves only sums behind. What they were on the way is found backwards: the sums after
the batch, less what later entries did to them. So a stat that no rule looks at pays nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pitlive.declared.exact import LOW
from pitlive.declared.groups import NONE, Groups
from pitlive.declared.stat import Moves
from pitlive.numerics import Bools, Floats, Ints

RunningFigures = Mapping[str, Callable[[Ints], Floats]]
"""Name of a figure → how it follows from the sums, shape (n, sums)."""


class Looks(NamedTuple):
    """One figure of some rows, before a batch and after every entry of it.

    Attributes:
        keys: The keys of the rows.
        before: The figure before the batch, NaN where it is not known, shape (keys,).
        rows: Which of the keys an entry moved, ascending, then in the order of entries, (n,).
        values: The figure after it, NaN where it is not known, shape (n,).
        clocks: The clock at that moment [ms], shape (n,).
    """

    keys: Sequence[str]
    before: Floats
    rows: Ints
    values: Floats
    clocks: Ints


class Course(Protocol):
    """All figures of a stat that moved."""

    def looks(self, figure: str) -> Looks:
        """Return one of the figures."""
        ...


class OfSums(NamedTuple):
    """A course told by sums: as `Looks`, with the sums that the figures follow from."""

    keys: Sequence[str]
    before: Ints
    rows: Ints
    after: Ints
    clocks: Ints
    figures: RunningFigures

    def looks(self, figure: str) -> Looks:
        """Return one of the figures."""
        read = self.figures[figure]
        return Looks(self.keys, read(self.before), self.rows, read(self.after), self.clocks)


class Watched(Protocol):
    """A stat that rules can look at."""

    def follow(self, moves: Moves) -> None:
        """Rows moved, in this order; told only if a rule looks at it."""
        ...

    def course(self) -> Course:
        """Return what its figures were since the last call."""
        ...


class Steps:
    """What the entries of a batch did to the sums of groups.

    >>> steps = Steps()
    >>> parts = map(np.array, ([0, 1], [1, 1], [5, 9], [0, 1]))
    >>> moves = Moves(*parts, uids=["a", "b"])
    >>> steps.note(moves, np.array([1, 1]), np.array([[1], [1]]))
    >>> ends = lambda groups: np.full((len(groups), 1), 7)
    >>> course = steps.course(lambda groups: ["north"], ends, {})
    >>> course.before.tolist(), course.after.tolist(), course.clocks.tolist()
    ([[5]], [[6], [7]], [5, 9])
    """

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, Ints, Ints, Ints]] = []
        self._opened = np.zeros(0, np.int64)

    def open(self, groups: Ints) -> None:
        """Groups are there before any entry: the next course has them."""
        self._opened = groups

    def note(self, moves: Moves, groups: Ints, steps: Ints) -> None:
        """Note what moves did.

        Args:
            groups: Which group each is of; those of group 0 are nobody's, shape (n,).
            steps: What each added to each of the sums, shape (n, sums).
        """
        there = groups > 0
        self._parts.append((groups[there], moves.entries[there], moves.clocks[there], steps[there]))

    def course(
        self,
        keys: Callable[[list[int]], Sequence[str]],
        ends: Callable[[Ints], Ints],
        figures: RunningFigures,
    ) -> OfSums:
        """Return the course of the groups that moved, and forget it.

        Args:
            keys: What groups are called.
            ends: Their sums after the batch, shape (groups, sums).
        """
        groups, entries, clocks, steps = self._in_order(ends(self._opened[:0]))
        among = np.union1d(groups, self._opened)
        self._opened = self._opened[:0]
        sums = np.concatenate([np.zeros((1, steps.shape[1]), np.int64), steps]).cumsum(axis=0)
        first, end = np.searchsorted(groups, among), np.searchsorted(groups, among, "right")
        before = ends(among) - (sums[end] - sums[first])
        rows = np.searchsorted(among, groups)
        after = before[rows] + sums[1:] - sums[first][rows]
        # An entry that corrects a fact takes one row out and puts another in: one look for both.
        is_look = (np.diff(groups, append=-1) != 0) | (np.diff(entries, append=-1) != 0)
        looked = rows[is_look], after[is_look], clocks[is_look]
        return OfSums(keys(among.tolist()), before, *looked, figures)

    def _in_order(self, none: Ints) -> tuple[Ints, ...]:
        """Return all that was noted, by group and then in the order of entries; forget it."""
        empty = np.zeros(0, np.int64)
        parts, self._parts = [(empty, empty, empty, none), *self._parts], []
        groups, entries, clocks, steps = map(np.concatenate, zip(*parts, strict=True))
        order = np.lexsort((entries, groups))
        return groups[order], entries[order], clocks[order], steps[order]


class Summed(ABC):
    """A stat whose figures follow from sums of its groups, one number or two halves each."""

    def __init__(self, groups: Groups) -> None:
        self._groups, self._steps = groups, Steps()

    def follow(self, moves: Moves) -> None:
        """Rows moved, in this order; told only if a rule looks at it."""
        there, steps = self.steps(moves.rows)
        groups = np.where(there, self._groups.of[moves.rows], NONE)
        self._steps.note(moves, groups, steps * moves.signs[:, None])

    def course(self) -> Course:
        """Return what its figures were since the last call."""
        return self._steps.course(self._groups.keys, self.sums, self.figures())

    @abstractmethod
    def steps(self, rows: Ints) -> tuple[Bools, Ints]:
        """Return which rows count, and what each adds to the sums, shape (n, sums)."""

    @abstractmethod
    def sums(self, groups: Ints) -> Ints:
        """Return the sums of groups, shape (groups, sums)."""

    @abstractmethod
    def figures(self) -> RunningFigures:
        """Return how the figures follow from them."""


def number(halves: Ints) -> Floats:
    """Return sums in two halves as floats: exact up to 2^53, and never too large.

    Args:
        halves: The low and the high half of each, shape (n, 2).

    >>> number(np.array([[3, 1]])) - 2**26
    array([3.])
    """
    found: Floats = halves[:, 0] + halves[:, 1] * float(1 << LOW)
    return found


def ratio(of: Floats, to: Floats, none: float = np.nan) -> Floats:
    """Return the ratios of numbers, and something else where that would be of nothing."""
    found: Floats = np.divide(of, to, out=np.full(len(of), none), where=to != 0)
    return found


def split(units: Ints) -> Ints:
    """Return numbers in two halves, which add up without end, shape (n, 2)."""
    return np.stack([units & ((1 << LOW) - 1), units >> LOW], axis=1)

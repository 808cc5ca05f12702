"""Sums that are exact, whatever was added and taken out again, in any order."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pitlive.numerics import Floats, Ints

Number = TypeVar("Number", bound=np.generic)

LOW = 26
"""Bits of the lower half: with values below 2**53 both halves last for 2**36 of them."""


class Sums:
    """One exact sum a group, in two halves, each of which 64 bits can hold.

    >>> sums = Sums()
    >>> sums.add(np.array([0, 1, 0]), np.array([2**53 - 1, 5, 2**53 - 1]), 1)
    >>> sums.of(0), sums.of(1)
    (18014398509481982, 5)
    """

    def __init__(self) -> None:
        self._low = np.zeros(0, np.int64)
        self._high = np.zeros(0, np.int64)

    def add(self, groups: Ints, values: Ints, sign: int) -> None:
        """Add values to their groups, or take them out (sign -1)."""
        if groups.size:
            size = int(groups.max()) + 1
            self._low, self._high = grown(self._low, size), grown(self._high, size)
            np.add.at(self._low, groups, sign * (values & ((1 << LOW) - 1)))
            np.add.at(self._high, groups, sign * (values >> LOW))

    def of(self, group: int) -> int:
        """Return the sum of a group, 0 for one that was never added to."""
        if group >= len(self._low):
            return 0
        return (int(self._high[group]) << LOW) + int(self._low[group])

    def among(self, groups: Ints) -> list[int]:
        """Return the sums of groups."""
        if groups.size:
            size = int(groups.max()) + 1
            self._low, self._high = grown(self._low, size), grown(self._high, size)
        halves = zip(self._high[groups].tolist(), self._low[groups].tolist(), strict=True)
        return [(high << LOW) + low for high, low in halves]

    def small(self, groups: Ints) -> Ints | None:
        """Return the sums of groups if floats hold each of them exactly, else None.

        >>> sums = Sums()
        >>> sums.add(np.array([0, 1, 0]), np.array([2**53 - 1, 5, 2**53 - 1]), 1)
        >>> sums.small(np.array([0, 1])), sums.small(np.array([1])).tolist()
        (None, [5])
        """
        low, high = self.halves(groups).T
        are_small = (np.abs(high) < 1 << LOW) & (np.abs(low) < 1 << 2 * LOW)
        found: Ints = low + (high << LOW)
        return found if are_small.all() else None

    def halves(self, groups: Ints) -> Ints:
        """Return the low and the high half of the sums of groups, shape (groups, 2)."""
        if groups.size:
            size = int(groups.max()) + 1
            self._low, self._high = grown(self._low, size), grown(self._high, size)
        return np.stack([self._low[groups], self._high[groups]], axis=1)

    def near(self, groups: Ints) -> tuple[Floats, Floats]:
        """Return the sums of groups as floats, and how far off each may be."""
        if groups.size:
            size = int(groups.max()) + 1
            self._low, self._high = grown(self._low, size), grown(self._high, size)
        high, low = self._high[groups] * 2.0**LOW, self._low[groups] * 1.0
        return high + low, (np.abs(high) + np.abs(low)) * 2.0**-50


class GroupCounts:
    """One count a group.

    >>> counts = GroupCounts()
    >>> counts.add(np.array([2, 2]), 1)
    >>> counts.of(2), counts.of(0), counts.of(99)
    (2, 0, 0)
    """

    def __init__(self) -> None:
        self._counts = np.zeros(0, np.int64)

    def add(self, groups: Ints, sign: int) -> None:
        """Count a row in each of the groups, or count it out (sign -1)."""
        if groups.size:
            self._counts = grown(self._counts, int(groups.max()) + 1)
            np.add.at(self._counts, groups, sign)

    def of(self, group: int) -> int:
        """Return how many rows count in a group."""
        return int(self._counts[group]) if group < len(self._counts) else 0

    def among(self, groups: Ints) -> Ints:
        """Return how many rows count in each of these groups."""
        if groups.size:
            self._counts = grown(self._counts, int(groups.max()) + 1)
        return self._counts[groups]


def grown(array: npt.NDArray[Number], size: int) -> npt.NDArray[Number]:
    """Return the array with room for so many, the new ones 0."""
    if size <= len(array):
        return array
    larger = np.zeros(max(size, 2 * len(array)), array.dtype)
    larger[: len(array)] = array
    return larger

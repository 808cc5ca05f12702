"""The laps of the field in matrices: one row a car, one column a lap, column 0 unused.

All integers, so that sums are exact and figures equal bit for bit in any order of work.
Unknown is a value that cannot occur: `at` -1, times and places 0, `to_leader` NONE.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pitlive.numerics import Bools, Ints

NONE = np.iinfo(np.int64).min
"""Stands for an unknown number that may be negative."""

GREEN, IN, OUT, BEST = 1, 2, 4, 8
"""Bits of a mark."""

MARKS = tuple(
    "".join(letter for bit, letter in ((GREEN, "g"), (IN, "i"), (OUT, "o"), (BEST, "b")) if n & bit)
    for n in range(16)
)
"""The text of each mark."""

_UNKNOWN = {
    "at": -1,
    "reported": 0,
    "scored": 0,
    "time": 0,
    "place": 0,
    "to_leader": NONE,
    "mark": 0,
    "gained": 0,
    "lost": 0,
}


Index = Ints | slice
"""Rows or columns: a slice where they are neighbours, so that no copy is made."""


def index(numbers: Iterable[int]) -> Index:
    """Return an index of some rows or columns, in order.

    >>> index({3, 2, 4}), index([5, 2])
    (slice(2, 5, None), array([2, 5]))
    """
    ordered = sorted(numbers)
    if ordered and ordered[-1] - ordered[0] == len(ordered) - 1:
        return slice(ordered[0], ordered[-1] + 1)
    return np.array(ordered, np.int64)


class Laps:
    """What is known of every car and lap.

    Attributes:
        cars: Car of each row.
        row: Row of each car.
        at: When the car completed the lap [ms].
        reported: Lap time as reported [ms].
        scored: Place as scored by timing.
        time: Lap time, reported or from crossing to crossing [ms].
        place: Place on the lap.
        to_leader: Time behind the leader of the lap [ms].
        mark: Bits GREEN, IN, OUT, BEST.
        gained, lost: Passes for position made and suffered on the lap.
        touched: What has changed since the rows were last taken.
    """

    at: Ints
    reported: Ints
    scored: Ints
    time: Ints
    place: Ints
    to_leader: Ints
    mark: Ints
    gained: Ints
    lost: Ints
    touched: Bools

    def __init__(self) -> None:
        self.cars: list[str] = []
        self.row: dict[str, int] = {}
        self.columns = 1
        self._whole = {name: np.full((8, 64), value) for name, value in _UNKNOWN.items()}
        self._whole["touched"] = np.zeros((8, 64), bool)
        self._view()

    def add_car(self, car: str) -> int:
        """Give a car its row, which it may have already."""
        if car not in self.row:
            self.row[car] = len(self.cars)
            self.cars.append(car)
            self._view()
        return self.row[car]

    def reach(self, lap: int) -> None:
        """Make the matrices wide enough for a lap."""
        if lap >= self.columns:
            self.columns = lap + 1
            self._view()

    def put(self, layer: str, where: tuple[Index, Index], values: Ints) -> None:
        """Write derived values, and note which of them are new."""
        matrix: Ints = getattr(self, layer)
        changed = matrix[where] != values
        if changed.any():
            matrix[where] = values
            self.touched[where] |= changed

    def drain_touched(self) -> tuple[Ints, Ints]:
        """Return rows and columns of all that was touched; nothing is touched then."""
        whole = self._whole["touched"]
        flat = whole.reshape(-1)
        found = flat.nonzero()[0]
        flat[found] = False
        return found // whole.shape[1], found % whole.shape[1]

    def text_rank(self) -> Ints:
        """Return the rank of each car in the order of car numbers as text, shape (cars,)."""
        order = sorted(range(len(self.cars)), key=self.cars.__getitem__)
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        return ranks

    def _view(self) -> None:
        """Show the matrices at their size; double what they are cut from when it is too small."""
        rows, columns = len(self.cars), self.columns
        high, wide = self._whole["at"].shape
        if rows > high or columns > wide:
            shape = (max(high, _doubled(rows)), max(wide, _doubled(columns)))
            self._whole = {name: _grown(name, m, shape) for name, m in self._whole.items()}
        for name, matrix in self._whole.items():
            setattr(self, name, matrix[:rows, :columns])


def _doubled(least: int) -> int:
    return 1 << (least - 1).bit_length()


def _grown(name: str, matrix: Ints, shape: tuple[int, int]) -> Ints:
    whole = np.full(shape, _UNKNOWN.get(name, 0), matrix.dtype)
    whole[: matrix.shape[0], : matrix.shape[1]] = matrix
    return whole


def lap_times(at: Ints, reported: Ints) -> Ints:
    """Return lap times: as reported, else from the car's crossing before to this one.

    Args:
        at: When each lap was completed [ms], -1 unknown, shape (cars, laps).
        reported: Reported lap times [ms], 0 unknown, same shape.

    Returns:
        Lap times [ms], 0 unknown, same shape.

    >>> lap_times(np.array([[-1, 100, 216, -1]]), np.array([[0, 99, 0, 0]]))
    array([[  0,  99, 116,   0]])
    """
    time = reported.copy()
    since = at[:, 1:] - at[:, :-1]
    missing = (reported[:, 1:] == 0) & (at[:, :-1] >= 0) & (since > 0)
    np.copyto(time[:, 1:], since, where=missing)
    return time

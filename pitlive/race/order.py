"""Who is where: places, leaders, the order of the field, and times between cars.

Comparing several things at once is done by packing them into one integer: a place
(10 bits), a crossing (44 bits, up to 10**13 ms) and the rank of the car number as text
(8 bits, 256 cars). The smallest key is ahead.
"""

from __future__ import annotations

import numpy as np

from pitlive.numerics import NEVER, Bools, Ints
from pitlive.numerics.rank import rank
from pitlive.race.laps import NONE

_AT, _PLACE = 8, 52
"""How far crossings and places are shifted in a key."""

_LAST_PLACE, _LAST_AT = 1023, (1 << 44) - 1


def places(at: Ints, scored: Ints, text_rank: Ints) -> Ints:
    """Return the place of each car on each lap.

    Scored by timing if it scored every car that completed the lap, else the rank by
    crossing: one rule for a whole lap, so that its places compare.

    Args:
        at: When each car completed the laps [ms], -1 unknown, shape (cars, laps).
        scored: Place as scored, 0 unknown, same shape.
        text_rank: Rank of the car numbers, for equal crossings, shape (cars,).

    Returns:
        Places from 1, 0 where the car has not completed the lap, same shape.

    >>> places(np.array([[30, 30], [20, -1]]), np.array([[1, 0], [2, 0]]), np.array([0, 1]))
    array([[1, 1],
           [2, 0]])
    """
    there = at >= 0
    place = np.where(there, scored, 0)
    unscored = (there & (scored == 0)).any(axis=0)
    if unscored.any():
        keys = np.where(there, at, _LAST_AT)[:, unscored] << _AT | text_rank[:, None]
        place[:, unscored] = np.where(there[:, unscored], rank(keys), 0)
    return place


def fronts(at: Ints, place: Ints, text_rank: Ints) -> tuple[Ints, Bools]:
    """Return the foremost car of each lap, and whether it is first.

    Args:
        at, place: As for `places`, shape (cars, laps).
        text_rank: Shape (cars,).

    Returns:
        Row of the car with the lowest place (of equals the earlier), -1 where nobody
        completed the lap, and whether that place is 1; both of shape (laps,).
    """
    keys = np.where(place > 0, place << _PLACE | at << _AT | text_rank[:, None], NEVER)
    front = keys.argmin(axis=0)
    key = keys.min(axis=0)
    return np.where(key == NEVER, -1, front), key >> _PLACE == 1


def leaders(front: Ints, first: Bools) -> tuple[Ints, int]:
    """Return who led each lap, and the last lap led.

    A lap on which nobody is first yet is led by nobody if it is newer than the last lap
    led (a car's clock may run ahead of the leader); an older one lost its leader on the
    way, and the foremost car stands in.

    Args:
        front: Foremost car of each lap, shape (laps,).
        first: Whether its place is 1, shape (laps,).

    Returns:
        Row of the leader, -1 for none, shape (laps,); and the last lap led, 0 for none.

    >>> leaders(np.array([-1, 3, 5, 4]), np.array([False, True, True, False]))
    (array([-1,  3,  5, -1]), 2)
    """
    led = first.nonzero()[0]
    last = int(led[-1]) if len(led) else 0
    leader = front.copy()
    leader[last + 1 :] = -1
    return leader, last


def order(laps: Ints, at: Ints, place: Ints, grid: Ints, text_rank: Ints) -> Ints:
    """Return the rows of the field, the leader first.

    Args:
        laps: Laps that count for each car, shape (cars,).
        at: When it completed the last of them [ms], -1 unknown, shape (cars,).
        place: Its place then, 0 unknown, shape (cars,).
        grid: Grid position, 0 unknown, shape (cars,); orders the cars without a lap.
        text_rank: Shape (cars,).

    >>> order(np.array([2, 3, 3]), np.array([9, 9, 8]), np.array([1, 1, 2]),
    ...       np.zeros(3, int), np.arange(3))
    array([1, 2, 0])
    """
    then = np.where(laps > 0, np.where(at >= 0, at, _LAST_AT), np.where(grid > 0, grid, _LAST_AT))
    ahead = np.where(place > 0, place, _LAST_PLACE)
    return np.lexsort((ahead << _PLACE | then << _AT | text_rank, -laps))


def behind(at: Ints, other: Ints) -> Ints:
    """Return times behind another crossing [ms], `NONE` where either is unknown (-1).

    >>> behind(np.array([120, -1]), np.array([100, 100])).tolist() == [20, NONE]
    True
    """
    return np.where((at >= 0) & (other >= 0), at - other, NONE)


def within_a_lap(laps: Ints, at: Ints, laps_ahead: Ints, at_ahead: Ints) -> Bools:
    """Tell whether cars are less than a lap behind others, so that one time says how far.

    They are on the same lap; or the other has begun the next one, and only after they had
    begun theirs.

    Args:
        laps, laps_ahead: Laps that count for each car and for the one ahead, shape (n,).
        at, at_ahead: When each completed the last of its own [ms], shape (n,).

    >>> within_a_lap(np.array([9, 9, 9, 9]), np.full(4, 120), np.array([9, 10, 10, 11]),
    ...              np.array([110, 125, 115, 140])).tolist()
    [True, True, False, False]
    """
    more = laps_ahead - laps
    return np.asarray((more == 0) | ((more == 1) & (at_ahead > at)))

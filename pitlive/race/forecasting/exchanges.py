"""Two cars that stop under green some laps apart: who was ahead before, and who after.

It begins on the in-lap of the one and ends on the out-lap of the other, with no caution
between; what the first has gained by then is what stopping first was worth.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.race.forecasting.green_stops import under_green
from pitlive.race.forecasting.view import FIRST, LAST, View

REACH_S = 8.0
"""Time between two cars beyond which neither gets past the other by when it stops."""

APART = 12
"""Laps within which the second has to stop: later it is another plan."""


class Exchanges(NamedTuple):
    """Pairs of stops, n of them, each of shape (n,).

    Attributes:
        first, later: Rows of the cars.
        begin, end: In-lap of the first, out-lap of the other.
        before_s: Time by which the first was behind a lap before it came in [s].
        after_s: The same after both are back.
    """

    first: Ints
    later: Ints
    begin: Ints
    end: Ints
    before_s: Floats
    after_s: Floats

    @property
    def gained_s(self) -> Floats:
        """What stopping first was worth [s]."""
        return self.before_s - self.after_s

    def only(self, which: Bools | Ints) -> Exchanges:
        """Return some of them."""
        rows = (self.first[which], self.later[which], self.begin[which], self.end[which])
        return Exchanges(*rows, self.before_s[which], self.after_s[which])


def exchanges(view: View, newest: int = 0) -> Exchanges:
    """Return the pairs of stops that are over.

    Args:
        view: The race.
        newest: How many stops to look back, 0 all.
    """
    stops = under_green(view)[-newest:]
    lap = stops[:, 1]
    apart = lap - lap[:, None]
    a, b = np.nonzero((apart > 0) & (apart <= APART) & (lap[:, None] > 1) & (lap < view.lap))
    pair = Exchanges(stops[a, 0], stops[b, 0], lap[a], lap[b] + 1, *np.zeros((2, len(a))))
    gaps = [_gap(view, pair, at) for at in (pair.begin - 1, pair.end)]
    pair = pair._replace(before_s=gaps[0], after_s=gaps[1])
    near = abs(pair.before_s) <= REACH_S
    return pair.only(near & ~np.isnan(pair.after_s) & _clean(view, pair))


def _gap(view: View, pair: Exchanges, lap: Ints) -> Floats:
    """Return by how much the first is behind on a lap [s], NaN unknown."""
    first, later = view.at[pair.first, lap], view.at[pair.later, lap]
    return np.where((first >= 0) & (later >= 0), (first - later) / 1000, np.nan)


def _clean(view: View, pair: Exchanges) -> Bools:
    """Which had no caution, and no other stop of the two, from begin to end."""
    first, last = view.cautions[:, FIRST], view.cautions[:, LAST]
    under = (first <= pair.end[:, None]) & ((last >= pair.begin[:, None]) | (last < 0))
    return np.asarray(~under.any(axis=1) & _once(view, pair))


def _once(view: View, pair: Exchanges) -> Bools:
    """Which cars each stopped once in it."""
    stops = np.zeros((len(view.cars), view.lap + 2), np.int64)
    known = view.stops[view.stops[:, 1] <= view.lap]
    np.add.at(stops, (known[:, 0], known[:, 1] + 1), 1)
    run = stops.cumsum(axis=1)
    counts = [run[row, pair.end + 1] - run[row, pair.begin] for row in (pair.first, pair.later)]
    return np.asarray((counts[0] == 1) & (counts[1] == 1))

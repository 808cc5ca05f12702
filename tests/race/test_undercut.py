"""Who gets past by stopping first, or last: pairs of stops against plain Python."""

from __future__ import annotations

from itertools import product
from typing import Any, cast

import numpy as np

from pitlive.race.forecasting import exchanges
from pitlive.race.forecasting.view import CAR, FIRST, LAP, LAST
from pitlive.race.forecasts import undercut
from tests.race.long_run import LAST_GREEN, green, race
from tests.race.test_forecasts import predicted


def test_exchanges_are_the_pairs_of_stops_that_plain_python_finds() -> None:
    """Close before, the other in within twelve laps, each once, no caution between."""
    whole = race()
    stops = sorted(green(whole))
    every = whole.stops[:, [CAR, LAP]].tolist()
    want = set()
    for (one, lap), (other, later) in product(stops, stops):
        if not 0 < later - lap <= exchanges.APART or later >= whole.lap or lap < 2:
            continue
        before = whole.at[one, lap - 1] - whole.at[other, lap - 1]
        within = [
            [at for row, at in every if row == car and lap <= at <= later + 1]
            for car in (one, other)
        ]
        clear = not any(
            first <= later + 1 and (last < 0 or last >= lap)
            for first, last in whole.cautions[:, [FIRST, LAST]].tolist()
        )
        known = min(whole.at[car, at] for car in (one, other) for at in (lap - 1, later + 1)) >= 0
        near = abs(before) <= 1000 * exchanges.REACH_S
        if clear and known and near and [len(laps) for laps in within] == [1, 1]:
            want.add((one, other, lap, later + 1))
    found = exchanges.exchanges(whole)
    assert set(zip(*(of.tolist() for of in found[:4]), strict=True)) == want
    assert want


def test_an_undercut_is_of_the_car_that_is_followed() -> None:
    """The rival is the running car one ahead in the order."""
    whole = race()
    seen = 0
    for lap in range(50, whole.lap, 7):
        view = whole.until(lap)
        now = predicted("undercut", view)
        order = [row for row in view.order.tolist() if view.running[row]]
        if len(now.rows):
            assert now.options == ("undercut", "overcut")
            assert now.others is not None
            ahead = [order[order.index(row) - 1] for row in now.rows.tolist()]
            assert now.others[:, 0].tolist() == ahead
            seen += len(ahead)
    assert seen > 10


def test_an_exchange_is_scored_once_by_who_is_ahead_after_it() -> None:
    """The option is the one of the car behind: it came in first, or the other did."""
    whole = race()
    of = exchanges.exchanges(whole)
    ends = {pair[:3]: pair[3] for pair in zip(*(a.tolist() for a in of), strict=True)}
    scored = []
    for lap in range(LAST_GREEN, whole.lap):
        view = whole.until(lap)
        now = predicted("undercut", view)
        observed = undercut.outcome(whole, view, now)
        for n, option in np.argwhere(~np.isnan(observed)).tolist():
            me, rival = int(now.rows[n]), int(cast(Any, now.others)[n, 0])
            first, later = (me, rival) if option == 0 else (rival, me)
            begin = int(view.last[me]) + 1
            end = ends[first, later, begin]
            assert observed[n, option] == (whole.at[me, end] < whole.at[rival, end])
            scored.append((first, later, begin))
    assert len(scored) == len(set(scored)) > 0

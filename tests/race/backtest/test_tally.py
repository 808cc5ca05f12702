"""Scores of one race, added up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np

from pitlive.race.backtest.tally import ScoreTally
from pitlive.race.forecasting.protocol import Figure, Forecast


def test_shares_of_places_hit_are_added_up() -> None:
    """A place that is right is exact, and within one; one beside it only the latter."""
    value, ahead = np.array([[3.0], [5.0], [9.0], [1.0]]), np.array([2])
    places = Forecast(9, np.arange(4), ahead, value, np.ones(4), np.ones(4))
    figure = cast(Figure, SimpleNamespace(name="rejoin", kind="places"))
    tally = ScoreTally()
    observed = np.array([[3.0], [4.0], [2.0], [np.nan]])
    tally.add(figure, 0.5, (places, places), observed, {})
    rows = tally.rows().set_index("score")
    assert rows.n.tolist() == [3, 3, 3]
    assert rows.ours[["exact", "within 1"]].tolist() == [1, 2]

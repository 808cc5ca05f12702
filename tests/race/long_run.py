"""A simulated race with a long green run in which every car stops, for figures of stops."""

from __future__ import annotations

from functools import cache

from pitlive.race.forecasting.view import CAR, FIRST, LAP, LAST, View
from pitlive.race.simulation import simulate
from tests import races
from tests.race.test_forecasts import folded

PLAN = simulate.RacePlan(cars=16, laps=150, seed=5)
SPEC = {**simulate.spec(PLAN), "series": "nascar-cup", "track_type": "short"}

LAST_GREEN = 81
"""The lap from which it stays green, and every car stops."""


@cache
def race() -> View:
    """A race with two cautions, and all that is known of it at the end."""
    return folded(races.checked(list(simulate.entries(PLAN)), SPEC), SPEC)


def green(view: View) -> set[tuple[int, int]]:
    """Stops whose in- and out-lap no caution touched, one by one."""
    found = set()
    for row, lap in view.stops[:, [CAR, LAP]].tolist():
        touched = [
            first <= lap + 1 and (last < 0 or last >= lap)
            for first, last in view.cautions[:, [FIRST, LAST]].tolist()
        ]
        if not any(touched):
            found.add((row, lap))
    return found

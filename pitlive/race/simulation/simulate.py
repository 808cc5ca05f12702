"""A seeded, believable race as an iterator of entries, and its declaration.

Tyres fall off and fuel burns away, traffic holds up and drivers differ; cars stop under
green when the tank says so and under yellow when it pays; accidents breed accidents, the
field bunches up behind the pace car and spreads again. Places, laps and clock agree:
the place of a crossing is how many cars had completed that lap, itself included.
"""

from __future__ import annotations

from collections.abc import Iterator

from pitlive.messages import Json
from pitlive.race.simulation import cast
from pitlive.race.simulation.plan import RacePlan
from pitlive.race.simulation.running import Running

__all__ = ["RacePlan", "entries", "spec"]


def entries(plan: RacePlan) -> Iterator[dict[str, Json]]:
    """Run a race, entry by entry in order of `at_ms`; the same plan, the same entries.

    >>> race = list(entries(RacePlan(cars=1, laps=1, seed=7)))
    >>> [entry["type"] for entry in race], race[-1]["flag"]
    (['flag', 'lap', 'flag'], 'checkered')
    """
    return Running(plan).entries()


def spec(plan: RacePlan) -> dict[str, Json]:
    """Return the declaration of the same race: drivers, makes and grid are made up.

    >>> spec(RacePlan(cars=2, laps=10))["name"]
    'Copper Hollow 10'
    """
    return cast.spec(plan)

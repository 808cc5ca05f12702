"""Operators on the pit wall: what they report by hand, and where they are wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pitlive.messages import Json
from pitlive.race.simulation.plan import RacePlan
from pitlive.race.simulation.stops import SimulatedStop

OPERATORS = ("anna", "ben", "chris")

UNTIMED = 0.3
"""Share of the stops whose service time the timing did not get; operators watch those."""

WATCHED = 0.25
"""Share of the other stops that they report too."""

WRONG = 0.08
"""Chance that one of them contradicts the others."""


class Observers:
    """Draws the pit reports; by a seed of its own, so that the race is the same without."""

    def __init__(self, plan: RacePlan) -> None:
        self.plan = plan
        self.draw = np.random.default_rng([plan.seed, 5])

    def untimed(self) -> bool:
        """Decide whether the timing missed a service time."""
        return self.plan.reports and self._chance(UNTIMED)

    def reports(self, car: str, stop: SimulatedStop, untimed: bool) -> Iterator[dict[str, Json]]:
        """Report a stop: by two or three people, a few seconds after it."""
        if not self.plan.reports or not (untimed or self._chance(WATCHED)):
            return
        many = 2 + int(self._chance(0.3))
        who = self.draw.permutation(len(OPERATORS))[:many]
        wrong = int(who[0]) if self.plan.conflicts and self._chance(WRONG) else -1
        for one in sorted(int(i) for i in who):
            yield self._report(car, stop, one, one == wrong)

    def _report(self, car: str, stop: SimulatedStop, who: int, wrong: bool) -> dict[str, Json]:
        tires, service_ms = stop.tires, stop.service_ms + int(self.draw.integers(-150, 151))
        if wrong and self._chance(0.5):
            tires = 2 if tires == 4 else 4
        elif wrong:
            service_ms += int(self.draw.integers(1500, 4000))
        return {
            "type": "pit_report",
            "at_ms": stop.out_ms + int(self.draw.integers(3000, 15_000)),
            "car": car,
            "lap": stop.lap + 1,
            "operator": OPERATORS[who],
            "tires": tires,
            "service_ms": max(0, service_ms),
        }

    def _chance(self, share: float) -> bool:
        return bool(self.draw.random() < share)

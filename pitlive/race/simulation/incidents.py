"""What goes wrong on the track: cautions, which breed cautions, and cars that drop out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pitlive.race.simulation.cast import SimulatedCar
from pitlive.race.simulation.plan import RacePlan

HAZARD = 0.016
"""Chance of a caution per lap of the leader, for 40 cars or more."""

AFTER_RESTART = 3.0
"""How much likelier it is within `SOON` laps of a restart."""

SOON = 6

BREAKDOWN = 0.00035
"""Chance per lap that a car breaks down."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Why the yellow comes out, for how many laps, and who was in it."""

    reason: str
    comment: str
    laps: int
    hit: tuple[SimulatedCar, ...] = ()


class Incidents:
    """Draws what goes wrong; all its chance comes from one seed."""

    def __init__(self, plan: RacePlan) -> None:
        self.plan = plan
        self.draw = np.random.default_rng([plan.seed, 4])

    def comes(self, green_laps: int) -> bool:
        """Decide whether the lap that the leader begins brings out the yellow."""
        hazard = HAZARD * min(1.0, self.plan.cars / 40)
        return self._chance(hazard * (AFTER_RESTART if green_laps < SOON else 1.0))

    def caution(self, on_track: Sequence[SimulatedCar]) -> Caution:
        """Say what happened; an accident takes up to three of the cars on the track."""
        laps = 4 + min(5, int(self.draw.geometric(0.45)))
        if len(on_track) < 2 or self._chance(0.3):
            return Caution("Debris", f"Debris turn {self._turn()}", laps)
        many = min(len(on_track) - 1, 1 + int(self.draw.binomial(2, 0.4)))
        hit = tuple(on_track[int(i)] for i in self.draw.choice(len(on_track), many, replace=False))
        who = ", ".join(f"#{car.car}" for car in hit)
        return Caution("Accident", f"{who} incident turn {self._turn()}", laps, hit)

    def damage(self, car: SimulatedCar) -> bool:
        """Damage a car, or not; True if it cannot go on."""
        fate = float(self.draw.random())
        if fate < 0.3:
            return True
        if fate < 0.75:
            car.damage_s += float(self.draw.uniform(0.1, 0.6))
            car.must_stop = True
        return False

    def breaks_down(self) -> bool:
        """Decide whether a car that completes a lap breaks down on the next."""
        return self._chance(BREAKDOWN)

    def somewhere(self) -> float:
        """Draw how much of the leader's lap passes before the yellow, 0–1."""
        return float(self.draw.uniform(0.05, 0.9))

    def _turn(self) -> int:
        return int(self.draw.integers(1, 5))

    def _chance(self, share: float) -> bool:
        return bool(self.draw.random() < share)

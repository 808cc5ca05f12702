"""How long a lap takes, and who gets past whom: tyres, fuel, form, traffic, chance."""

from __future__ import annotations

import math

import numpy as np

from pitlive.race.simulation.cast import Next, SimulatedCar
from pitlive.race.simulation.plan import CATCH_UP, FUEL_S, LAP_S, YELLOW_LAP, RacePlan

NOISE_S = 0.07
"""How much a driver's laps scatter."""

COLD_S = 0.5
"""What cold tyres cost on the first lap."""

DIRTY_AIR_S = 0.06
"""What following closely costs per lap."""

CLOSE_MS = 450
"""Following closely: nearer than this at the line."""

QUEUE_MS = 500
"""Distance of two cars in the queue behind the pace car."""


class Pace:
    """Draws the lap times of a race; all its chance comes from one seed."""

    def __init__(self, plan: RacePlan) -> None:
        self.draw = np.random.default_rng([plan.seed, 2])
        self.queue_ms = round(min(QUEUE_MS, 0.6 * YELLOW_LAP * LAP_S * 1000 / plan.cars))

    def green(self, car: SimulatedCar) -> float:
        """Draw a lap in clean air [ms]."""
        tires = car.falloff_s * car.tire_laps + (COLD_S if car.tire_laps == 0 else 0.0)
        own = car.skill_s + car.form_s + car.damage_s
        noise = NOISE_S * float(self.draw.standard_normal())
        # A clean lap cannot be arbitrarily fast, however lucky.
        return 1000 * max(LAP_S - 1.0, LAP_S + tires + own + FUEL_S * car.fuel + noise)

    def behind(
        self, car: SimulatedCar, ahead: SimulatedCar | None, now: int, lap_ms: float
    ) -> float:
        """Say when the car completes a lap that it begins behind another [ms].

        Without an advantage it stays there; with a large one it is past.
        """
        arrives = now + lap_ms
        if ahead is None or ahead.next is not Next.LINE or ahead.next_ms <= now:
            return arrives
        if now - ahead.at_ms < CLOSE_MS:
            arrives += 1000 * DIRTY_AIR_S
        advantage = ahead.next_ms - arrives
        if advantage < -CLOSE_MS / 3 or self._passes(car, ahead, advantage):
            return arrives
        return max(arrives, ahead.next_ms + 80 + 150 * float(self.draw.random()))

    def _passes(self, car: SimulatedCar, ahead: SimulatedCar, advantage: float) -> bool:
        if ahead.laps < car.laps:  # about to be lapped: it gives way
            return bool(self.draw.random() < 0.9)
        chance = 1 / (1 + math.exp(min(50.0, (220 - advantage) / 110)))
        return bool(self.draw.random() < chance)

    def queue(self, ahead: SimulatedCar | None, now: int, not_before: int) -> float:
        """Say when a car in pursuit of the queue completes its lap [ms]: no passing."""
        arrives = max(now + CATCH_UP * LAP_S * 1000, not_before)
        if ahead is not None and ahead.next is Next.LINE and ahead.next_ms > now:
            arrives = max(arrives, ahead.next_ms + self.queue_ms)
        return arrives + 60 * float(self.draw.random())

"""When a car stops, for what, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pitlive.race.simulation.cast import SimulatedCar
from pitlive.race.simulation.plan import (
    FUEL_SERVICE_S,
    LANE,
    LAP_S,
    LINE_IN_LANE,
    TANK_LAPS,
    TIRE_SERVICE_S,
    RacePlan,
)

UNPLANNED = 0.0004
"""Chance per lap of a stop for a loose wheel or a flat tyre."""

SLOW = 0.04
"""Chance that something goes wrong in the box."""


@dataclass(frozen=True, slots=True)
class SimulatedStop:
    """A stop: the lap on which the car came in, and times from its entry on [ms]."""

    lap: int
    in_ms: int
    line_ms: int
    out_ms: int
    service_ms: int
    tires: int
    fuel: float


class Crews:
    """Decides stops and carries them out; all its chance comes from one seed."""

    def __init__(self, plan: RacePlan) -> None:
        self.laps = plan.laps
        self.draw = np.random.default_rng([plan.seed, 3])

    def stops_now(self, car: SimulatedCar, caution: int) -> bool:
        """Decide whether the lap that a car begins is its in-lap.

        `caution` is the number of the running one if the pits are open under it, else 0.
        """
        to_go = self.laps - car.laps
        if to_go < 3:
            return False
        reaches_end = car.fuel >= to_go
        if car.must_stop or (car.fuel < 2 and not reaches_end):
            return True
        if caution:
            return self._under_yellow(car, caution, to_go, reaches_end)
        return (not reaches_end and car.fuel <= car.reserve) or self._chance(UNPLANNED)

    def _under_yellow(self, car: SimulatedCar, caution: int, to_go: int, reaches_end: bool) -> bool:
        if car.seen_caution == caution:
            return False
        car.seen_caution = caution
        wants = 0.95 if car.tire_laps >= 15 or not reaches_end else 0.3
        if car.tire_laps < 6:
            wants = 0.05
        return self._chance(wants / 2 if to_go < 8 else wants)

    def stop(self, car: SimulatedCar, now: int) -> SimulatedStop:
        """Carry out the stop of a car that enters the lane now."""
        to_go = self.laps - car.laps
        tires = self._tires(to_go)
        fuel = min(float(TANK_LAPS), to_go + 3.0)
        pumping = FUEL_SERVICE_S * max(0.0, fuel - car.fuel)
        service = max(TIRE_SERVICE_S[tires] + car.crew_s, pumping, 1.5)
        service += float(self.draw.exponential(0.5))
        if self._chance(SLOW):
            service += float(self.draw.uniform(4, 15))
        return self._timed(car, now, service, tires, fuel)

    def _timed(
        self, car: SimulatedCar, now: int, service_s: float, tires: int, fuel: float
    ) -> SimulatedStop:
        lane_s = LANE * LAP_S
        before_line = service_s if car.box < LINE_IN_LANE else 0.0
        return SimulatedStop(
            lap=car.laps,
            in_ms=now,
            line_ms=now + round(1000 * (LINE_IN_LANE * lane_s + before_line)),
            out_ms=now + round(1000 * (lane_s + service_s)),
            service_ms=round(1000 * service_s),
            tires=tires,
            fuel=max(fuel, car.fuel),
        )

    def leave(self, car: SimulatedCar, stop: SimulatedStop) -> None:
        """Send the car out on what it was given."""
        car.tire_laps = {0: car.tire_laps, 2: car.tire_laps / 2, 4: 0.0}[stop.tires]
        car.fuel = stop.fuel
        car.form_s = float(self.draw.normal(0.0, 0.06))
        car.reserve = float(self.draw.uniform(2.0, 10.0))
        car.damage_s /= 3
        car.must_stop = False

    def _tires(self, to_go: int) -> int:
        late = to_go < 25
        shares = (0.15, 0.45, 0.40) if late else (0.03, 0.15, 0.82)
        return int(self.draw.choice([0, 2, 4], p=shares))

    def _chance(self, share: float) -> bool:
        return bool(self.draw.random() < share)

"""What a simulated race is like: its size, and the constants of its track and cars.

A 1.5-mile oval, since it shows everything within an hour: stops about every 60 laps,
falloff one can see, laps of half a minute, and a stop that costs about a lap.
Times are milliseconds unless the name says `_s`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pitlive.errors import BadSpec

LAP_S = 29.0
"""A good green lap on fresh tyres and an almost empty tank."""

FALLOFF_S = 0.028
"""Seconds per lap of tyre age, mean of the field."""

FUEL_S = 0.006
"""Seconds per lap for each lap's fuel on board; a car gets faster by it, less than it falls off."""

TANK_LAPS = 62
"""Green laps that a full tank allows."""

YELLOW_BURN = 0.45
"""Fuel of a lap under yellow, in green laps."""

YELLOW_LAP = 2.0
"""A lap behind the pace car, in green laps."""

CATCH_UP = 1.3
"""A lap in pursuit of the queue behind the pace car, in green laps."""

LANE = 0.8
"""Driving through the pit lane at its speed limit, in green laps, without the stop."""

LINE_IN_LANE = 0.55
"""How far along the lane the start/finish line is."""

LANE_BEGINS = 0.82
"""How much of the lap a car has driven when it enters the lane."""

LANE_ENDS = 0.14
"""How much of the next lap the lane spares it."""

TIRE_SERVICE_S = {0: 2.5, 2: 6.0, 4: 10.5}
"""Shortest service time by tyres changed."""

FUEL_SERVICE_S = 0.16
"""Service time for one lap's fuel; tyres and fuel go on at once."""


@dataclass(frozen=True, slots=True)
class RacePlan:
    """The size of a race, and what is to happen in it.

    Attributes:
        cars: How many start.
        laps: How many the winner runs.
        seed: The same seed gives the same race, byte for byte.
        stages: A caution after a quarter and a half of the race, if it has 40 laps or more.
        reports: Operators report some stops by hand.
        conflicts: Now and then they contradict each other.
    """

    cars: int = 40
    laps: int = 200
    seed: int = 1
    stages: bool = True
    reports: bool = True
    conflicts: bool = True

    def __post_init__(self) -> None:
        for name, most in (("cars", 256), ("laps", 2000)):
            if not 1 <= getattr(self, name) <= most:
                got = getattr(self, name)
                raise BadSpec(f"{name}: got {got}, want a whole number from 1 to {most}")
        if self.seed < 0:
            raise BadSpec(f"seed: got {self.seed}, want a whole number from 0")

    @property
    def stage_ends(self) -> list[int]:
        """The last lap of each stage, the race's own last lap among them."""
        if not self.stages or self.laps < 40:
            return [self.laps]
        return [self.laps // 4, self.laps // 2, self.laps]

"""Who races: fictional drivers, their skill, and where they start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from pitlive.messages import Json
from pitlive.race.simulation.plan import FALLOFF_S, TANK_LAPS, RacePlan

FIRST = (  # noqa: SIM905 - forty names on two lines, not on forty
    "Ada Bo Cal Dot Eli Fay Gus Hal Ida Jed Kit Lou Mae Ned Ora Pip Quinn Roy Sal Ty Una Vic "
    "Wes Xan Yara Zeke Abel Bree Clay Dale Ezra Flo Grey Hope Ivo June Knox Lark Milo Nell"
).split()
LAST = (  # noqa: SIM905 - as above
    "Abernet Brindle Calloway Dunmore Eastwick Farrow Goodspeed Hollis Ironside Jessop Kettle "
    "Lockhart Merriweather Nightingale Oakes Pendleton Quill Ravenel Stonebridge Thackeray "
    "Underhill Vanterpool Whitlock Yardley Zeller Ashdown Birdsong Crabtree Dellwood Everhart "
    "Fenwick Greenleaf Hathaway Inglewood Jolley Kingsolver Lovelace Moonday Northcott Osgood"
).split()
MAKES = ("Arden", "Corvid", "Halden")


class Next(Enum):
    """What a car on the track reaches next."""

    LINE = "line"
    LANE = "lane"
    NOTHING = "nothing"


@dataclass(slots=True)
class SimulatedCar:
    """A car and all that changes about it while it races.

    Attributes:
        car, driver, make, grid: As declared.
        skill_s: Seconds per lap against the field's mean; less is faster.
        falloff_s: Seconds per lap of tyre age.
        crew_s: Seconds per stop against the field's mean.
        box: How far along the pit lane its box is, 0–1.
        laps, at_ms: Laps completed, and when the last of them was.
        tire_laps, fuel: Age of the tyres, and laps of fuel left.
        reserve: Fuel at which it means to stop in this stint.
        form_s: What the set-up of this stint costs per lap.
        damage_s: What damage costs per lap; to be looked at in the pits.
        next, next_ms, plan_no: What it reaches next, when, and which version of that plan.
        in_lane: Between the entry and the exit of the pit lane.
        running: Neither retired nor home.
        seen_caution: The last caution under which it had its chance to stop.
    """

    car: str
    driver: str
    make: str
    grid: int
    skill_s: float
    falloff_s: float
    crew_s: float
    box: float
    reserve: float
    laps: int = 0
    at_ms: int = 0
    tire_laps: float = 0.0
    fuel: float = float(TANK_LAPS)
    form_s: float = 0.0
    damage_s: float = 0.0
    must_stop: bool = False
    next: Next = Next.NOTHING
    next_ms: int = 0
    plan_no: int = 0
    in_lane: bool = False
    running: bool = True
    seen_caution: int = 0


def cast(plan: RacePlan) -> list[SimulatedCar]:
    """Draw the cars of a race, in the order of the grid."""
    draw = np.random.default_rng([plan.seed, 1])
    skill = draw.normal(0.0, 0.12, plan.cars)
    order = np.argsort(skill + draw.normal(0.0, 0.10, plan.cars), kind="stable")
    numbers = draw.permutation(np.arange(1, max(99, plan.cars) + 1))
    names = draw.permutation(len(FIRST) * len(LAST))
    falloff = FALLOFF_S * np.clip(draw.normal(1.0, 0.15, plan.cars), 0.6, 1.4)
    crew = draw.normal(0.0, 0.35, plan.cars)
    reserve = draw.uniform(2.0, 10.0, plan.cars)
    return [
        SimulatedCar(
            car=str(numbers[i]),
            driver=_name(int(names[i])),
            make=MAKES[int(numbers[i]) % len(MAKES)],
            grid=grid,
            skill_s=float(skill[i]),
            falloff_s=float(falloff[i]),
            crew_s=float(crew[i]),
            box=0.06 + 0.88 * grid / (plan.cars + 1),
            reserve=float(reserve[i]),
        )
        for grid, i in enumerate(order, 1)
    ]


def spec(plan: RacePlan) -> dict[str, Json]:
    """Return the declaration of the race, for `PUT`."""
    return {
        "kind": "race",
        "name": f"Copper Hollow {plan.laps}",
        "series": "Simulated",
        "track": "Copper Hollow Speedway",
        "laps": plan.laps,
        "stages": plan.stage_ends,
        "cars": [
            {"car": car.car, "driver": car.driver, "make": car.make, "grid": car.grid}
            for car in cast(plan)
        ],
    }


def _name(index: int) -> str:
    first, last = divmod(index, len(LAST))
    return f"{FIRST[first]} {LAST[last]}"

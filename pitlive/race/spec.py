"""The declaration of a race: checked once, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pitlive.errors import BadSpec
from pitlive.messages import Json
from pitlive.race.entries import LAPS, CarNumber

MOST_CARS = 256
"""Cars of one race: twice the largest field; comparing all pairs of cars stays cheap."""

MOST_NOTES = 20_000
"""Notes of one race, of up to 2,000 characters each: more than all officials could write."""

RaceText = Annotated[
    str, Field(min_length=1, max_length=200, description="a text of 1 to 200 characters")
]


class CarSpec(BaseModel):
    """One car of the field."""

    model_config = ConfigDict(extra="forbid", strict=True)

    car: CarNumber
    driver: RaceText | None = None
    make: RaceText | None = None
    grid: (
        Annotated[int, Field(ge=1, le=1000, description="a whole number from 1 to 1000")] | None
    ) = None


def _once(cars: list[CarSpec]) -> list[CarSpec]:
    numbers = [car.car for car in cars]
    if twice := sorted({car for car in numbers if numbers.count(car) > 1}):
        raise ValueError(f"each car once; {', '.join(twice)} stands there more often")
    return cars


class RaceSpec(BaseModel):
    """What is known of a race before it starts; every field may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["race"] = "race"
    name: RaceText | None = None
    series: RaceText | None = None
    track: RaceText | None = None
    track_type: RaceText | None = None
    laps: Annotated[int, Field(ge=1, le=LAPS)] | None = None
    stages: Annotated[list[Annotated[int, Field(ge=1, le=LAPS)]], Field(max_length=20)] | None = (
        None
    )
    forecasts: Literal[False] | None = None
    """Nothing is forecast; absent: all that can be is."""
    lateness_ms: Annotated[int, Field(ge=0, le=3_600_000)] = 2000
    cars: (
        Annotated[list[CarSpec], Field(min_length=1, max_length=MOST_CARS), AfterValidator(_once)]
        | None
    ) = None


def check(declared: Mapping[str, Json]) -> dict[str, Json]:
    """Check a declaration and fill in its defaults; what is not known stays absent.

    Raises:
        BadSpec: Something in it cannot be taken; every such field is named.

    >>> check({"cars": [{"car": "24"}]})
    {'kind': 'race', 'lateness_ms': 2000, 'cars': [{'car': '24'}]}
    >>> check({"laps": 0})
    Traceback (most recent call last):
    pitlive.errors.BadSpec: laps: got 0, want: Input should be greater than or equal to 1
    """
    try:
        return RaceSpec.model_validate(declared).model_dump(exclude_none=True)
    except ValidationError as error:
        raise BadSpec("; ".join(_explain(e) for e in error.errors()[:10])) from None


def _explain(error: Any) -> str:
    """Where, what was there, what would do, in one line."""
    where = ".".join(str(part).encode("utf-8", "replace").decode() for part in error["loc"])
    want = "no such field" if error["type"] == "extra_forbidden" else error["msg"]
    got = "nothing" if error["type"] == "missing" else ascii(error["input"])[:80]
    return f"{where or 'declaration'}: got {got}, want: {want.removeprefix('Value error, ')}"


def numbers(spec: Mapping[str, Json]) -> list[str] | None:
    """Return the declared car numbers, or None in an open race."""
    cars = spec.get("cars")
    return None if cars is None else [car["car"] for car in cars]

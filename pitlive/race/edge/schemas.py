"""What is asked and said of races: past laps, decisions between pit reports."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pitlive.race.entries import LAPS
from pitlive.web.schemas.shared import Ms, Problem, Source, SourcePath


class LapPath(SourcePath):
    """Which lap of which race."""

    lap: Annotated[int, Field(ge=1, le=LAPS, json_schema_extra={"example": 57})]


class Decision(BaseModel):
    """How a conflict between pit reports was resolved."""

    model_config = ConfigDict(extra="allow")

    car: str
    lap: int
    operator: str
    tires: int
    service_ms: int
    reason: str
    at_ms: Ms


class Decided(BaseModel):
    """The decision that stands."""

    decision: Decision


class DecidedBefore(Problem):
    """Somebody else decided before."""

    decision: Decision


class PastLaps(BaseModel):
    """The laps of a race that can be looked back at."""

    source: Source
    laps: list[Annotated[int, Field(ge=1, le=LAPS)]]


CarFigures = list[float | None]
"""A number a car, in the order of the cars; null is unknown."""


class PastStandings(BaseModel):
    """Columns of the channel `standings`, a list each, cars in order; null is unknown."""

    cars: list[str]
    place: list[int]
    laps: CarFigures
    laps_down: CarFigures
    last_ms: CarFigures
    best_ms: CarFigures
    to_leader_ms: CarFigures
    to_ahead_ms: CarFigures
    stops: CarFigures
    stint_laps: CarFigures
    in_pit: Annotated[CarFigures, Field(description="1 while it is in the pit lane, else 0.")]
    mean5_ms: CarFigures
    mean10_ms: CarFigures
    mean20_ms: CarFigures
    median5_ms: CarFigures
    median10_ms: CarFigures
    median20_ms: CarFigures


class Past(BaseModel):
    """A race as it stood when the leader completed a lap."""

    source: Source
    lap: Annotated[int, Field(ge=1, le=LAPS)]
    at_ms: int
    flag: Literal["green", "yellow"] | None = None
    standings: PastStandings
    forecasts: Annotated[dict[str, Any], Field(description="As in the channel `forecasts`.")]

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


Column = list[float | None]
"""A number a car, in the order of the cars; null is unknown."""


class PastStandings(BaseModel):
    """Columns of the channel `standings`, a list each, cars in order; null is unknown."""

    cars: list[str]
    place: list[int]
    laps: Column
    laps_down: Column
    last_ms: Column
    best_ms: Column
    to_leader_ms: Column
    to_ahead_ms: Column
    stops: Column
    stint_laps: Column
    in_pit: Annotated[Column, Field(description="1 while it is in the pit lane, else 0.")]
    mean5_ms: Column
    mean10_ms: Column
    mean20_ms: Column
    median5_ms: Column
    median10_ms: Column
    median20_ms: Column


class Past(BaseModel):
    """A race as it stood when the leader completed a lap."""

    source: Source
    lap: Annotated[int, Field(ge=1, le=LAPS)]
    at_ms: int
    flag: Literal["green", "yellow"] | None = None
    standings: PastStandings
    forecasts: Annotated[dict[str, Any], Field(description="As in the channel `forecasts`.")]

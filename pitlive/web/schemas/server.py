"""What the server says of itself and of who asks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from pitlive.web.schemas.shared import Ms


class Me(BaseModel):
    """Who asks, and whether writing needs a login."""

    operator: str = ""
    login: bool


class Measured(BaseModel):
    """One series of a metric: its value, or what a histogram holds."""

    labels: dict[str, str]
    value: float = 0
    count: float = 0
    sum: float = 0
    buckets: Annotated[
        list[tuple[float, float]],
        Field(description="Upper bound → how many were at most that; all of them are `count`."),
    ] = []


class Status(BaseModel):
    """All metrics of this server, its sources and the engines."""

    server_ms: Ms
    metrics: Annotated[dict[str, list[Measured]], Field(description="Name → its series.")]


class Health(BaseModel):
    """It is well."""

    status: Literal["ok"]

"""What PitLive has to know of a source of heartbeats: its `Kind`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pitlive.declaration.problems import ABSENT, of_model
from pitlive.errors import BadSpec
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json, SetAside
from pitlive.reported import LATEST_MS, LOG, LONGEST_UID, aside, whole
from pitlive_heartbeat.services import Services

Name = Field(min_length=1, max_length=LONGEST_UID)


class HeartbeatSpec(BaseModel):
    """A declaration."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["heartbeat"]
    every_s: int = Field(60, ge=1, le=86_400, description="Who is silent for so long is down [s].")


class Beat(BaseModel):
    """An entry: a service lives."""

    model_config = ConfigDict(extra="forbid")
    type: Literal["beat"] = "beat"
    service: str = Name
    at_ms: int | None = Field(None, ge=0, le=LATEST_MS, description="When [ms]; default: now.")
    uid: str | None = Field(None, min_length=1, max_length=LONGEST_UID)
    origin: str | None = Field(None, min_length=1, max_length=LONGEST_UID)


class Heartbeat(Kind):
    """Services that report that they live."""

    name = "heartbeat"

    def spec(self, declared: Mapping[str, Json]) -> Mapping[str, Json]:
        """Check a declaration and fill in its defaults."""
        try:
            return HeartbeatSpec.model_validate(declared, strict=True).model_dump()
        except ValidationError as error:
            problems = of_model(error, (), {(): HeartbeatSpec})
            raise BadSpec("; ".join(map(str, problems))) from None

    def entry(
        self,
        reported: Json,
        spec: Mapping[str, Json],  # noqa: ARG002 - every declaration takes the same entries
        *,
        seen_ms: int,
        text: bool = False,
    ) -> Entry | SetAside:
        """Check one reported entry.

        >>> HEARTBEAT.entry({"service": "db"}, {}, seen_ms=7).uid
        'beat/db/7'
        """
        if not isinstance(reported, dict):
            return aside({}, "entry", reported, "an object with a service")
        given = {k: v for k, v in whole(reported).items() if k not in LOG and v is not None}
        try:
            beat = Beat.model_validate(given, strict=not text)
        except ValidationError as error:
            wrong = next(of_model(error, (), {(): Beat}))
            got = None if wrong.got is ABSENT else wrong.got
            return aside(reported, wrong.path, got, wrong.want)
        at_ms = seen_ms if beat.at_ms is None else beat.at_ms
        uid = beat.uid or f"beat/{beat.service}/{at_ms}"
        data = {"service": beat.service}
        return Entry(uid, beat.type, at_ms, data, origin=beat.origin, seen_ms=seen_ms)

    def fold(self, spec: Mapping[str, Json]) -> Services:
        """Begin to follow services."""
        return Services(spec["every_s"] * 1000)

    def schemas(self) -> Schemas:
        """Describe declarations and entries."""
        written = {model.__name__: model.model_json_schema() for model in (HeartbeatSpec, Beat)}
        return Schemas("HeartbeatSpec", "Beat", written)


HEARTBEAT = Heartbeat()

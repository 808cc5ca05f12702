"""What PitLive has to know of a source of heartbeats: its `Kind`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pitlive.declaration.problems import of_model
from pitlive.errors import BadSpec
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json
from pitlive.reported import LATEST_MS, LONGEST_UID, Misreported, is_text
from pitlive.reported.report import Report
from pitlive_heartbeat.services import Services

LONGEST = 100
"""Characters of a service's name."""


class HeartbeatSpec(BaseModel):
    """A declaration."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["heartbeat"]
    every_s: int = Field(60, ge=1, le=86_400, description="Who is silent for so long is down [s].")


class Beat(BaseModel):
    """An entry: a service lives."""

    model_config = ConfigDict(extra="forbid")
    type: Literal["beat"]
    service: str = Field(min_length=1, max_length=LONGEST)
    at_ms: int = Field(0, ge=0, le=LATEST_MS, description="When [ms]; default: now.")
    uid: str = Field("", max_length=LONGEST_UID, description="Default: service and time.")


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

    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states.

        >>> HEARTBEAT.entry({"type": "beat", "service": "db"}, {}, seen_ms=7).uid
        'beat/db/7'
        """
        type, data = report.among(("beat",)), report.fields()
        service = data.get("service")
        if not is_text(service, LONGEST):
            raise Misreported("service", service, f"a text of 1 to {LONGEST} characters")
        for field in data.keys() - {"service"} | report.given.keys() & {"amends", "revision"}:
            raise Misreported(field, report.given[field], "no such field: a beat is no more")
        return report.entry(type, data, uid=f"beat/{service}/{report.at_ms}")

    def fold(self, spec: Mapping[str, Json]) -> Services:
        """Begin to follow services."""
        return Services(spec["every_s"] * 1000)

    def schemas(self) -> Schemas:
        """Describe declarations and entries."""
        written = {model.__name__: model.model_json_schema() for model in (HeartbeatSpec, Beat)}
        return Schemas("HeartbeatSpec", "Beat", written)


HEARTBEAT = Heartbeat()

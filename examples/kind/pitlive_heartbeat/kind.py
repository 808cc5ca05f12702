"""What PitLive has to know of a source of heartbeats: its `Kind`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pitlive.declaration.problems import ABSENT, of_model
from pitlive.errors import BadSpec
from pitlive.json_schema import of_models
from pitlive.kind import Kind, Schemas
from pitlive.messages import Entry, Json
from pitlive.reported import LATEST_MS, LOG, LONGEST_UID, Misreported
from pitlive.reported.report import Report
from pitlive_heartbeat.services import Services

Name = Field(min_length=1, max_length=LONGEST_UID - 50)  # its uids have a time as well


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

    def stated(self, report: Report) -> Entry:
        """Return the entry that a report states: a beat.

        >>> HEARTBEAT.entry({"service": "db"}, {}, seen_ms=7).uid
        'beat/db/7'
        """
        given = {name: value for name, value in report.given.items() if name not in LOG}
        try:
            beat = Beat.model_validate(given, strict=not report.is_text)
        except ValidationError as error:
            wrong = next(of_model(error, (), {(): Beat}))
            got = None if wrong.got is ABSENT else wrong.got
            raise Misreported(wrong.path, got, wrong.want) from None
        uid = f"beat/{beat.service}/{report.at_ms}"
        return report.entry(beat.type, {"service": beat.service}, uid=uid)

    def fold(self, spec: Mapping[str, Json]) -> Services:
        """Begin to follow services."""
        return Services(spec["every_s"] * 1000)

    def schemas(self) -> Schemas:
        """Describe declarations and entries."""
        return Schemas("HeartbeatSpec", "Beat", of_models(HeartbeatSpec, Beat))


HEARTBEAT = Heartbeat()

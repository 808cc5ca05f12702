"""What may be sent to races, as JSON Schema."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from pitlive.kind import Schemas
from pitlive.race.entries import ENTRY_SCHEMA
from pitlive.race.spec import RaceSpec

REF = "#/components/schemas/{model}"


def schemas() -> Schemas:
    """Describe declarations and entries."""
    spec: dict[str, Any] = TypeAdapter(RaceSpec).json_schema(ref_template=REF)
    entry: dict[str, Any] = dict(ENTRY_SCHEMA)
    found = spec.pop("$defs", {}) | entry.pop("$defs", {})
    return Schemas("RaceSpec", "RaceEntry", found | {"RaceSpec": spec, "RaceEntry": entry})

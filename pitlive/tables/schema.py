"""What may be sent to tables, as JSON Schema."""

from __future__ import annotations

from pydantic import TypeAdapter

from pitlive.kind import Schemas
from pitlive.messages import Json
from pitlive.tables.spec import TableSpec

REF = "#/components/schemas/{model}"

OPERATION: Json = {"type": "object", "title": "TableOperation", "required": ["type"]}


def schemas() -> Schemas:
    """Describe declarations and operations."""
    spec = TypeAdapter(TableSpec).json_schema(ref_template=REF)
    found = spec.pop("$defs", {})
    found |= {"TableSpec": spec, "TableOperation": OPERATION}
    return Schemas("TableSpec", "TableOperation", found)

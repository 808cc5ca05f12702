"""What may be sent to sources of figures, as JSON Schema."""

from __future__ import annotations

from pydantic import TypeAdapter

from pitlive.arithmospora.spec import FiguresSpec
from pitlive.kind import Schemas
from pitlive.messages import Json

REF = "#/components/schemas/{model}"

READING: Json = {"type": "object", "title": "FiguresReading"}


def schemas() -> Schemas:
    """Describe declarations and readings."""
    spec = TypeAdapter(FiguresSpec).json_schema(ref_template=REF)
    found = spec.pop("$defs", {}) | {"FiguresSpec": spec, "FiguresReading": READING}
    return Schemas("FiguresSpec", "FiguresReading", found)

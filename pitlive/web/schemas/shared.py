"""What several routes take or answer."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, Field

from pitlive.messages import SOURCE_NAME

NO_ENTRY = "0-0"
"""The id before the first."""

Source = Annotated[
    str,
    Field(
        pattern=SOURCE_NAME,
        description="Name of a source.",
        json_schema_extra={"example": "bristol"},
    ),
]

EntryId = Annotated[
    str,
    Field(pattern=r"^[0-9]{1,15}-[0-9]{1,15}$", json_schema_extra={"example": "1763822400000-0"}),
]

CursorText = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9]{1,16}\.[0-9]{1,15}(\.[A-Za-z0-9]{1,16})?$",
        json_schema_extra={"example": "k3f9a1c2.41.9f86d081"},
    ),
]

Ms = Annotated[int, Field(ge=0)]

Count = Annotated[int, Field(ge=0)]


class SourcePath(BaseModel):
    """Which source."""

    source: Source


class Query(BaseModel):
    """What stands in a query."""

    @classmethod
    @cache
    def model_json_schema(cls, *given: Any, **named: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return the schema, written once: the framework asks for it at every request."""
        return super().model_json_schema(*given, **named)


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str

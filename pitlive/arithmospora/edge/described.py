"""How the OpenAPI document describes the streams of Arithmospora's pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from pitlive.hub import patterns
from pitlive.messages import Json
from pitlive.web.document import plain

EVENT = r"^(available|milestone|(stats|patch):.+)$"


class StatMessage(BaseModel):
    """What is told of stats: which there are, one as a whole or as a patch, a milestone."""

    event: Annotated[str, Field(pattern=EVENT, json_schema_extra={"example": "stats:other:n"})]
    payload: Annotated[
        dict[str, Any], Field(description="Of a patch: a merge patch (RFC 7396) to the last one.")
    ]


EVENTS: Mapping[str, str] = {
    name: schema for name, schema in plain.NATIVE.items() if name != "snapshot"
} | {"message": StatMessage.__name__}
"""Event of a stream → the schema of its data; a state comes as messages, a stat each."""


def paths() -> Mapping[str, Json]:
    """Return the path of the streams with its operation."""
    names = {"type": "string", "maxLength": patterns.LONGEST}
    only, other_than = (
        "Stats that are wanted, separated by commas; default: all.",
        "Stats that are not.",
    )
    parameters: list[Mapping[str, Json]] = [
        plain.SOURCE,
        {"name": "only", "in": "query", "schema": names, "description": only},
        {"name": "except", "in": "query", "schema": names, "description": other_than},
        {
            "name": "changes",
            "in": "query",
            "schema": {"enum": ["patch"]},
            "description": "Changes come as merge patches, under `patch:` instead of `stats:`.",
        },
    ]
    described = plain.stream(
        "follow_stats",
        "Follow the stats of a source as pages of the Arithmospora programme do.",
        "`available`, then every stat, then each that changes, as unnamed events. `hello`, `hb` "
        "and `bye` come by their names. See docs/election.md.",
        parameters,
        EVENTS,
        *(401, 403, 404, 422, 429),
    )
    return {"/{source}": {"get": {**described, "tags": ["Streams"]}}}

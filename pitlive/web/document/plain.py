"""What the framework does not see, described by hand: streams, and the routes of text.

OpenAPI 3.1 has no words for the events of a stream: `x-pitlive-events` names the schema of
each, by what `EventSource` calls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from pitlive.json_schema import ref
from pitlive.messages import SOURCE_NAME, Json
from pitlive.web.schemas.sources import StateQuery

EVENTS = "x-pitlive-events"

NATIVE: Mapping[str, str] = {
    "hello": "Hello",
    "snapshot": "SnapshotEvent",
    "message": "Change",
    "hb": "Heartbeat",
    "bye": "Bye",
}
"""Event of a stream → the schema of its data; `message` are those without a name."""

SOURCE: Mapping[str, Json] = {
    "name": "source",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": SOURCE_NAME},
}

LAST_EVENT_ID = (
    {"name": "last_event_id", "in": "query", "schema": {"type": "string"}},
    {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}},
)


def paths() -> dict[str, Any]:
    """Return the paths of the streams, of the metrics, and of the document itself."""
    several = {
        **SOURCE,
        "in": "query",
        "schema": {"type": "array", "minItems": 1, "uniqueItems": True, "items": SOURCE["schema"]},
    }
    return {
        "/api/v1/sources/{source}/events": {"get": _native("follow_source", "one source", SOURCE)},
        "/api/v1/events": {"get": _native("follow_sources", "several sources", several)},
        "/metrics": {"get": _metrics()},
        "/openapi/openapi.json": {"get": _document()},
    }


def stream(
    operation: str,
    summary: str,
    description: str,
    parameters: list[Mapping[str, Json]],
    events: Mapping[str, str],
    *problems: int,
) -> dict[str, Any]:
    """Describe a stream of Server-Sent Events.

    Args:
        events: Event → name of the schema of its data.
        problems: Statuses of answers that are none.
    """
    listed = {name: ref(schema) for name, schema in events.items()}
    content = {"text/event-stream": {"schema": {"type": "string"}, EVENTS: listed}}
    return {
        "operationId": operation,
        "summary": summary,
        "description": description,
        "parameters": [*parameters, *LAST_EVENT_ID],
        "responses": {
            "200": {"description": "The stream", "content": content},
            **{str(status): problem() for status in problems},
        },
    }


def problem() -> dict[str, Any]:
    """Describe an answer that is a problem."""
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {"description": "Problem", "content": content}


def _native(operation: str, what: str, which: Mapping[str, Json]) -> dict[str, Any]:
    described = StateQuery.model_json_schema()["properties"]["channels"]
    channels = {"name": "channels", "in": "query", "schema": described}
    return stream(
        operation,
        f"Follow {what} by Server-Sent Events.",
        "`hello`, then what was missed or a `snapshot`, then every change as an "
        "unnamed event, `hb` now and then, `bye` at the end. See docs/protocol.md.",
        [which, channels],
        NATIVE,
        *(401, 403, 422, 429),
    )


def _metrics() -> dict[str, Any]:
    text = {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}
    return _plain("metrics", "Read all metrics as text for Prometheus.", text)


def _document() -> dict[str, Any]:
    schema = {"type": "object", "required": ["openapi"], "additionalProperties": True}
    content = {"application/json": {"schema": schema}}
    return _plain("document", "Read this document.", content)


def _plain(operation: str, summary: str, content: Mapping[str, Json]) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "responses": {
            "200": {"description": "OK", "content": content},
            **{str(status): problem() for status in (401, 403, 429, 503)},
        },
    }

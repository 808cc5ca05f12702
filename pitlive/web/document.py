"""The OpenAPI document and the page that shows it, with nothing from elsewhere.

flask-openapi3 finds routes, paths and queries; its own schema type drops what it does not
know, so the schemas are put in whole, and the streams, which it does not see, added.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, url_for
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic.json_schema import models_json_schema

import pitlive
from pitlive.kind import kinds
from pitlive.messages import SOURCE_NAME
from pitlive.web import schemas
from pitlive.web.edge import edges
from pitlive.web.problems import invalid

REF = "#/components/schemas/{model}"

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
)
"""What the reader of the document needs more than our pages: icons as data, a worker."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>PitLive: interface</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"></head>
<body><script id="api-reference" data-url="openapi.json" data-configuration="{configuration}">
</script><script src="{script}"></script></body></html>
"""

CONFIGURATION = (
    '{"withDefaultFonts": false, "telemetry": false, "proxyUrl": "", "hideClientButton": true, '
    '"agent": {"disabled": true}, "mcp": {"disabled": true}, "showDeveloperTools": "never"}'
)
"""Keeps the reader from asking other hosts for fonts, a proxy, or its maker's services."""


def api(name: str) -> OpenAPI:
    """Return an app that writes its own OpenAPI document."""
    return OpenAPI(
        name,
        info=Info(
            title="PitLive",
            version=pitlive.__version__,
            description="Follow live things and keep every screen right. Times are integer "
            "milliseconds. What is not known is absent.",
        ),
        security_schemes={},
        validation_error_callback=invalid,
        validation_error_model=schemas.shared.Problem,
        doc_ui=False,
        static_folder=None,
    )


def routes(app: OpenAPI) -> Blueprint:
    """Return the routes of the document and of the page that shows it."""
    blueprint = Blueprint("openapi", __name__, url_prefix="/openapi")
    blueprint.register_blueprint(_scalar())

    @blueprint.get("/openapi.json")
    def document() -> dict[str, Any]:
        return app.spec_json

    @blueprint.get("/")
    def page() -> Response:
        script = url_for("openapi.scalar.static", filename="js/scalar.standalone.js")
        text = PAGE.replace("{configuration}", CONFIGURATION.replace('"', "&quot;"))
        headers = {"Content-Security-Policy": POLICY}
        return Response(text.replace("{script}", script), headers=headers, mimetype="text/html")

    return blueprint


def complete(app: OpenAPI, *, login: bool) -> None:
    """Write the document, once all routes are there."""
    app.generate_spec_json()  # type: ignore[no-untyped-call]
    document = app.spec_json
    document["components"] = {"schemas": all_schemas()}
    document["paths"] |= _streams()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            operation["tags"] = [_tag(path)]
    if login:
        document["components"]["securitySchemes"] = {"login": {"type": "http", "scheme": "basic"}}
        for path in document["paths"].values():
            for method in path.keys() & {"put", "post"}:
                path[method]["security"] = [{"login": []}]


def all_schemas() -> dict[str, Any]:
    """Return every schema by its name."""
    answers = [*schemas.ANSWERS, *(one for edge in edges().values() for one in edge.answers)]
    _, written = models_json_schema(
        [(model, "serialization") for model in answers], ref_template=REF
    )
    of_kinds = [kind.schemas() for kind in kinds().values()]
    found: dict[str, Any] = written["$defs"]
    for one in of_kinds:
        found |= one.definitions
    for schema in found.values():
        _absent_by_default(schema)
    for edge in edges().values():
        found |= edge.definitions(found)
    entry = {"$ref": REF.format(model="Entry")}
    return found | {
        "Declaration": _any_of(one.declaration for one in of_kinds),
        "Entry": _any_of(one.entry for one in of_kinds),
        "EntryOrEntries": {"anyOf": [entry, {"type": "array", "items": entry}]},
    }


def _any_of(names: Iterable[str]) -> dict[str, Any]:
    return {"anyOf": [{"$ref": REF.format(model=name)} for name in names]}


def _tag(path: str) -> str:
    """The group a path is shown in."""
    if path.endswith("events"):
        return "Streams"
    return "Sources" if path.startswith("/api/v1/sources") else "Service"


def _absent_by_default(schema: dict[str, Any]) -> None:
    """What may be absent is not null by default: it is absent."""
    for field in schema.get("properties", {}).values():
        if "default" in field and field["default"] is None:
            del field["default"]


def _streams() -> dict[str, Any]:
    """The two streams, which a browser's `EventSource` reads."""
    one = {
        "name": "source",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": SOURCE_NAME},
    }
    several = {
        **one,
        "in": "query",
        "schema": {"type": "array", "minItems": 1, "uniqueItems": True, "items": one["schema"]},
    }
    return {
        "/api/v1/sources/{source}/events": {"get": _stream("follow_source", "one source", one)},
        "/api/v1/events": {"get": _stream("follow_sources", "several sources", several)},
    }


def _stream(operation: str, what: str, which: dict[str, Any]) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    problem = {"schema": {"$ref": REF.format(model="Problem")}}
    return {
        "operationId": operation,
        "summary": f"Follow {what} by Server-Sent Events.",
        "description": "`hello`, then what was missed or a `snapshot`, then every change as an "
        "unnamed event, `hb` now and then, `bye` at the end. See docs/protocol.md.",
        "parameters": [
            which,
            {"name": "channels", "in": "query", **_channels()},
            {"name": "last_event_id", "in": "query", "schema": {"type": "string"}},
            {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {"description": "The stream", "content": {"text/event-stream": text}},
            **{
                status: {"description": "Problem", "content": {"application/problem+json": problem}}
                for status in ("401", "403", "422", "429")
            },
        },
    }


def _channels() -> dict[str, Any]:
    return {"schema": schemas.sources.StateQuery.model_json_schema()["properties"]["channels"]}


def _scalar() -> Blueprint:
    """The reader's script, out of its wheel, without its page, which names other hosts."""
    return Blueprint(
        "scalar",
        "flask_openapi3_scalar",
        static_folder="templates/scalar",
        static_url_path="/scalar",
    )

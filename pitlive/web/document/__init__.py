"""The OpenAPI document and the page that shows it, with nothing from elsewhere.

flask-openapi3 finds routes, paths and queries; its own schema type drops what it does not
know, so the schemas are put in whole (`components`), and what it does not see is added
(`plain`, and `paths` of what each kind of source adds).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, url_for
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

import pitlive
from pitlive.json_schema import dangling
from pitlive.messages import Json
from pitlive.plugins import leave_out, left_out
from pitlive.web import schemas
from pitlive.web.access import READING
from pitlive.web.document import components, plain
from pitlive.web.document.components import MARK, SchemaClash
from pitlive.web.edge import GROUP as EDGES
from pitlive.web.edge import Edge
from pitlive.web.problems import invalid

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


UNTAGGED = ["default"]
"""What the framework puts where no route says otherwise."""


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


def complete(app: OpenAPI, edges: Mapping[str, Edge], *, login: bool) -> None:
    """Write the document, once all routes are there.

    Args:
        edges: Name of a kind → what it has added.
    """
    app.generate_spec_json()  # type: ignore[no-untyped-call]
    document = app.spec_json
    document["components"] = {"schemas": components.all_schemas(edges)}
    _merge(document["paths"], plain.paths())
    for name, edge in edges.items():
        with left_out(EDGES, name, "paths"):
            _describe(document["paths"], name, edge.paths())
    _drop_dangling(document)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if operation.get("tags", UNTAGGED) == UNTAGGED:
                operation["tags"] = [_tag(path)]
    if login:
        document["components"]["securitySchemes"] = {"login": {"type": "http", "scheme": "basic"}}
        for path in document["paths"].values():
            for method in {name for name in path if name.upper() not in READING}:
                path[method]["security"] = [{"login": []}]


def _describe(ours: dict[str, Any], kind: str, paths: Mapping[str, Json]) -> None:
    """Add the operations that a kind describes by hand; one that is there already is a clash."""
    for path, methods in paths.items():
        if taken := methods.keys() & ours.get(path, {}).keys():
            raise SchemaClash(
                f"{min(taken)} {path}: got it from the kind {kind}, want another path"
            )
    marked = {
        path: {method: {**operation, MARK: kind} for method, operation in methods.items()}
        for path, methods in json.loads(json.dumps(paths, allow_nan=False)).items()
    }
    _merge(ours, marked)


def _merge(ours: dict[str, Any], paths: Mapping[str, Json]) -> None:
    for path, methods in paths.items():
        ours[path] = ours.get(path, {}) | methods


def _drop_dangling(document: Mapping[str, Any]) -> None:
    """Leave out operations of kinds that refer to schemas which are not there."""
    every, schemas = document["paths"], document["components"]["schemas"]
    for path, methods in list(every.items()):
        for method, operation in list(methods.items()):
            if MARK in operation and (lacking := dangling(operation, schemas)):
                del methods[method]
                reason = f"{method} {path}: got no schema {lacking[0]}, want it"
                leave_out(EDGES, operation[MARK], f"paths: {reason}")
        if not methods:
            del every[path]


def _tag(path: str) -> str:
    """The group a path is shown in."""
    if path.endswith("events"):
        return "Streams"
    return "Sources" if path.startswith("/api/v1/sources") else "Service"


def _scalar() -> Blueprint:
    """The reader's script, out of its wheel, without its page, which names other hosts."""
    return Blueprint(
        "scalar",
        "flask_openapi3_scalar",
        static_folder="templates/scalar",
        static_url_path="/scalar",
    )

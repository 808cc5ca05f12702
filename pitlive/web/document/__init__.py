"""The OpenAPI document and the page that shows it, with nothing from elsewhere.

flask-openapi3 finds routes, paths and queries; its own schema type drops what it does not
know, so the schemas are put in whole (`components`), and what it does not see is added
(`plain`, and `paths` of what each kind of source adds).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, url_for
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel

import pitlive
from pitlive.messages import Json
from pitlive.plugins import left_out
from pitlive.web import schemas
from pitlive.web.access import READING
from pitlive.web.document import components, plain
from pitlive.web.document.components import MARK
from pitlive.web.edge import GROUP as EDGES
from pitlive.web.edge import edges
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
    document["components"] = {"schemas": components.all_schemas()}
    document["paths"] |= plain.paths()
    for name, edge in edges().items():
        with left_out(EDGES, name, "paths"):
            document["paths"] |= _marked(edge.paths(), name)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            operation["tags"] = [_tag(path)]
    if login:
        document["components"]["securitySchemes"] = {"login": {"type": "http", "scheme": "basic"}}
        for path in document["paths"].values():
            for method in {name for name in path if name.upper() not in READING}:
                path[method]["security"] = [{"login": []}]


@contextmanager
def adds(blueprint: APIBlueprint, kind: str) -> Iterator[None]:
    """Mark the routes that a kind of source adds meanwhile as its own."""
    before = set(_operations(blueprint))
    yield
    for operation in _operations(blueprint).keys() - before:
        setattr(_operations(blueprint)[operation], MARK, kind)


def _operations(blueprint: APIBlueprint) -> dict[tuple[str, str], BaseModel]:
    """The operations of a blueprint by address and method."""
    return {
        (path, method): getattr(item, method)
        for path, item in blueprint.paths.items()
        for method in item.model_fields_set
    }


def _marked(paths: Mapping[str, Json], kind: str) -> dict[str, Any]:
    return {
        path: {method: {**operation, MARK: kind} for method, operation in methods.items()}
        for path, methods in paths.items()
    }


def _tag(path: str) -> str:
    """The group a path is shown in."""
    if path.endswith("events") or path == "/{source}":
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

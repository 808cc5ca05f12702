"""What declared sources add to the web application: the widgets that packages bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, request

from pitlive.declared.registry import WIDGET_NAME, WIDGETS
from pitlive.messages import Json
from pitlive.web.document import plain
from pitlive.web.edge import Edge, Services

JAVASCRIPT = "text/javascript"


class DeclaredEdge(Edge):
    """Serves the ES modules of widgets, those that are installed and nothing else."""

    def paths(self) -> Mapping[str, Json]:
        """Describe the modules."""
        return {"/static/widgets/{widget}.js": {"get": _described()}}

    def blueprints(self, services: Services) -> Sequence[Blueprint]:  # noqa: ARG002 - an edge's
        """Return the route of the modules."""
        blueprint = Blueprint("widgets", __name__)
        blueprint.add_url_rule("/static/widgets/<widget>.js", "module", module)
        return (blueprint,)


def module(widget: str) -> Response:
    """Return the module of a widget, as its file is now: whoever works on one reloads the page."""
    found = WIDGETS.get(widget)
    if found is None or not found.file.is_file():
        known = ", ".join(WIDGETS) or "one that a package brings; there are none"
        abort(404, f"widget: got {widget[:80]!r}, want {known}")
    response = Response(found.file.read_bytes(), mimetype=JAVASCRIPT)
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _described() -> Json:
    name = {"type": "string", "pattern": f"^{WIDGET_NAME}$"}
    parameter = {"name": "widget", "in": "path", "required": True, "schema": name}
    content = {JAVASCRIPT: {"schema": {"type": "string"}}}
    return {
        "operationId": "read_widget",
        "summary": "Read the ES module of a widget that a package brings.",
        "description": "Its name is a `look` of a page. See docs/extending.md.",
        "parameters": [parameter],
        "responses": {
            "200": {"description": "The module", "content": content},
            "304": {"description": "It is as `If-None-Match` has it"},
            **{str(status): plain.problem() for status in (401, 403, 404, 429, 503)},
        },
    }


EDGE = DeclaredEdge()

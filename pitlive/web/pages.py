"""The pages and what they are made of, as the front end's build left them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory

from pitlive.kind import kinds
from pitlive.web import packing

STATIC = Path(__file__).parent / "static"

FOREVER = "public, max-age=31536000, immutable"
"""Names of assets contain a hash of what is in them."""

PAGES = {"/": "index.html", "/status": "status.html"}
"""Those of no kind of source: address → file."""

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>PitLive</title>
<h1>The pages are not built yet</h1>
<p>Run <code>make</code> in the checkout: it builds them (Node is needed once). A wheel brings them.
<p>The server itself works: see <a href="/openapi/">its interface</a>.
</html>
"""


def routes(static: Path = STATIC) -> Blueprint:
    """Return the routes of the pages, served from a folder."""
    blueprint = Blueprint("pages", __name__)

    def page(name: str, **_: str) -> Response:  # what else its address says, it reads itself
        if not (static / name).is_file():
            return Response(NOT_BUILT, 503, {"Cache-Control": "no-cache"}, mimetype="text/html")
        return _send(static, name, "no-cache")

    of_kinds = (one for kind in kinds().values() for one in kind.pages.items())
    for rule, name in (*PAGES.items(), *of_kinds):
        blueprint.add_url_rule(rule, Path(name).stem, partial(page, name))

    @blueprint.get("/static/assets/<path:name>")
    def asset(name: str) -> Response:
        return _send(static / "assets", name, FOREVER)

    @blueprint.get("/static/<path:name>")
    def other(name: str) -> Response:
        return _send(static, name, "no-cache")

    return blueprint


def _send(folder: Path, name: str, cache: str) -> Response:
    """Send a built file, packed where that is taken; the suffix says the coding."""
    best = packing.file(folder, name, request.headers.get("Accept-Encoding"))
    response = send_from_directory(folder, best)
    response.headers["Cache-Control"] = cache
    response.vary.add("Accept-Encoding")
    return response

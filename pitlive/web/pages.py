"""The pages and what they are made of, as the front end's build left them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory

from pitlive.web import packing

STATIC = Path(__file__).parent / "static"

FOREVER = "public, max-age=31536000, immutable"
"""Names of assets contain a hash of what is in them."""

PAGES = {"/": "index.html", "/status": "status.html"}
"""Those of no kind of source: address → file."""

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>PitLive</title>
<h1>The pages are not built yet</h1>
<p>Run <code>make start</code> in the checkout: it builds them. A wheel brings them.
<p>The server itself works: see <a href="/openapi/">its interface</a>.
</html>
"""


def routes(static: Path = STATIC) -> Blueprint:
    """Return the routes of the pages, served from a folder."""
    blueprint = Blueprint("pages", __name__)

    _add(blueprint, static, PAGES)

    @blueprint.get("/static/assets/<path:name>")
    def asset(name: str) -> Response:
        return _send(static / "assets", name, FOREVER)

    @blueprint.get("/static/<path:name>")
    def other(name: str) -> Response:
        return _send(static, name, "no-cache")

    return blueprint


def of_kind(name: str, files: Mapping[str, str], static: Path = STATIC) -> Blueprint:
    """Return the routes of the pages of a kind.

    Args:
        files: Address → file.
    """
    blueprint = Blueprint(f"pages_{name}", __name__)
    _add(blueprint, static, files)
    return blueprint


def _add(blueprint: Blueprint, static: Path, files: Mapping[str, str]) -> None:
    for n, (rule, name) in enumerate(files.items()):
        blueprint.add_url_rule(rule, f"page_{n}", partial(_page, static, name))


def _page(static: Path, name: str, **_: str) -> Response:
    # What else its address says, the page reads itself.
    if not (static / name).is_file():
        return Response(NOT_BUILT, 503, {"Cache-Control": "no-cache"}, mimetype="text/html")
    return _send(static, name, "no-cache")


def _send(folder: Path, name: str, cache: str) -> Response:
    """Send a built file, packed where that is taken; the suffix says the coding."""
    best = packing.file(folder, name, request.headers.get("Accept-Encoding"))
    response = send_from_directory(folder, best)
    response.headers["Cache-Control"] = cache
    response.vary.add("Accept-Encoding")
    return response

"""How long each route takes to answer."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request

from pitlive.web.metrics import REQUESTS

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
"""Any other is counted as `other`: labels must not be the sender's to invent."""


def register(app: Flask) -> None:
    """Time every request; call it first, so that the door and what comes after count too."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    """Streams are left out: what they wait for is measured by `pitlive_greeting_seconds`."""
    if response.mimetype != "text/event-stream":
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"
        status = f"{response.status_code // 100}xx"
        REQUESTS.labels(route, method, status).observe(time.perf_counter() - g.began)
    return response

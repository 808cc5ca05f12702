"""Every error as RFC 9457 problem details, and nothing of the inside in it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from pitlive.errors import (
    BadBody,
    BadCursor,
    BadRecord,
    BadSpec,
    BodyTooLarge,
    DamagedSource,
    Gone,
    NotAcknowledged,
    OtherPast,
    PitLiveError,
    StoreUnavailable,
    UnknownSource,
    UnsupportedContent,
)
from pitlive.web.metrics import UNACKNOWLEDGED

log = structlog.get_logger()

RETRY_AFTER_S = 2
"""Redis is back within a second or two of a restart, or a failover."""

STATUS: Mapping[type[PitLiveError], int] = {
    BadBody: 422,
    BadCursor: 422,
    BadSpec: 422,
    BodyTooLarge: 413,
    UnsupportedContent: 415,
    UnknownSource: 404,
    Gone: 409,
    OtherPast: 412,
    BadRecord: 500,
    DamagedSource: 500,
}
"""How each of our errors is answered; one that is not listed was the request's: 422."""


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Return problem details; `more` are members besides the standard ones."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    response = Response(orjson.dumps(body), status, headers, mimetype="application/problem+json")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def register(app: Flask) -> None:
    """Answer everything that is raised in the app with problem details."""
    app.register_error_handler(PitLiveError, explained)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(StoreUnavailable, _not_now)
    app.register_error_handler(Exception, _unforeseen)


def invalid(error: ValidationError) -> Response:
    """Return what is wrong with a path or a query: where, what was there, what would do."""
    return problem(422, "; ".join(_explain(e) for e in error.errors()[:10]))


def _explain(error: Any) -> str:
    where = ".".join(map(str, error["loc"])) or "request"
    got = "nothing" if error["type"] == "missing" else ascii(error["input"])[:80]
    return f"{where}: got {got}, want: {error['msg'].removeprefix('Value error, ')}"


def explained(error: PitLiveError) -> Response:
    """Return what one of our errors says."""
    status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 422)
    return problem(status, str(error))


def _of_http(error: HTTPException) -> Response:
    """What Flask raises itself; a ready answer in it is the answer."""
    ready = error.get_response()
    if error.response is not None or ready.status_code < HTTPStatus.BAD_REQUEST:
        return ready  # type: ignore[return-value]  # a Flask app makes Flask's responses
    headers = {k: v for k, v in ready.headers if k not in ("Content-Type", "Content-Length")}
    return problem(ready.status_code, error.description or "", headers=headers)


def _not_now(error: StoreUnavailable) -> Response:
    if isinstance(error, NotAcknowledged):
        UNACKNOWLEDGED.inc()
    log.warning("not now", why=str(error))
    return problem(503, f"{error}; nothing was acknowledged, try again")


def _unforeseen(error: Exception) -> Response:
    log.exception("request failed", exc_info=error)
    return problem(500, "the server failed; its log says how")

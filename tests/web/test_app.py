"""What holds for every route: errors, security headers, health."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pitlive.settings import load
from pitlive.web.app import create_app
from tests.web.conftest import entries_of, lap


def test_a_living_process_says_so(web: FlaskClient) -> None:
    """`/healthz` answers as long as the process does."""
    assert web.get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize(("method", "path", "status"), [("get", "/no", 404), ("put", "/", 405)])
def test_what_is_not_there_is_answered_with_problem_details(
    web: FlaskClient, method: str, path: str, status: int
) -> None:
    """Also the framework's own errors are RFC 9457 problem details."""
    answer = web.open(path, method=method)

    assert (answer.status_code, answer.json["status"]) == (status, status)
    assert answer.mimetype == "application/problem+json"


def test_a_failing_view_tells_nothing_of_the_inside(make_app: Callable[..., Flask]) -> None:
    """What nobody foresaw is a 500 problem without the error's text."""
    app = make_app()
    app.add_url_rule("/fail", view_func=lambda: {}["secret"])

    answer = app.test_client().get("/fail")

    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/", "/healthz", "/openapi/", "/no"])
def test_every_answer_carries_a_policy_of_this_server_only(web: FlaskClient, path: str) -> None:
    """Pages load scripts from here alone, and may not be framed."""
    with web.get(path) as answer:
        headers = answer.headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_is_acknowledged_while_redis_is_away() -> None:
    """503 says when to try again, and readiness says so too."""
    away = create_app(load(redis_url="unix:///nowhere/redis.sock")).test_client()

    answer = away.post(entries_of("away"), json=lap(1))

    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    assert away.get("/readyz").status_code == 503
    assert away.get("/healthz").status_code == 200

"""Who may come in, and in whose name."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pitlive import operators
from pitlive.web import credentials
from pitlive.web.credentials import MOST_FAILURES
from tests.web.conftest import entries_of, lap

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def operators_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one operator, anna."""
    file = tmp_path_factory.mktemp("operators") / "operators"
    operators.add(file, "anna", PASSWORD)
    return file


@pytest.fixture
def guarded(make_app: Callable[..., Flask], operators_file: Path) -> FlaskClient:
    """A client of an app where writing needs a login."""
    return make_app(operators_file=operators_file).test_client()


def login(name: str = "anna", password: str = PASSWORD) -> dict[str, str]:
    """The headers of HTTP Basic."""
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def test_without_operators_nobody_logs_in(web: FlaskClient) -> None:
    """On one machine alone, whoever sits there may write."""
    assert web.get("/api/v1/me").json == {"login": False}


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_this_machine_answers_to_its_own_names(web: FlaskClient, host: str) -> None:
    """Loopback by any of its names, with or without a port."""
    assert web.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", "localhost@evil"])
def test_a_name_that_was_pointed_here_is_refused(web: FlaskClient, host: str) -> None:
    """DNS rebinding: a page elsewhere may not read or write by a name of its own."""
    assert web.get("/api/v1/sources", headers={"Host": host}).status_code in (400, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_another_site_may_not_write(
    web: FlaskClient, source: str, headers: dict[str, str]
) -> None:
    """A browser sends what a foreign page asks it to, and says so."""
    answer = web.post(f"/api/v1/sources/{source}/flush", headers=headers)

    assert answer.status_code == 403


def test_our_own_page_may_write(web: FlaskClient, source: str) -> None:
    """The operator's page comes from here."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}

    assert web.post(entries_of(source), json=lap(1), headers=headers).status_code == 200


def test_reading_needs_no_login(guarded: FlaskClient) -> None:
    """Screens show figures to whoever may reach the server."""
    assert guarded.get("/api/v1/me").json == {"login": True}
    assert guarded.get("/api/v1/sources").status_code == 200


def test_the_document_says_where_a_login_is_needed(guarded: FlaskClient) -> None:
    """At every route that writes, and at no other."""
    paths = guarded.get("/openapi/openapi.json").json["paths"]
    signed = {
        method: {"security" in methods[method] for methods in paths.values() if method in methods}
        for method in ("get", "put", "post", "delete")
    }
    assert signed == {"get": {False}, "put": {True}, "post": {True}, "delete": {True}}


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_writing_without_a_login_is_refused(guarded: FlaskClient, source: str, method: str) -> None:
    """401 says how to log in, and nothing was written."""
    path = f"/api/v1/sources/{source}" + ("/entries" if method == "POST" else "")

    answer = guarded.open(path, method=method, json={"kind": "race"})

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert guarded.get(entries_of(source)).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        login("anna", "wrong"),
        login("bob"),
        login("anna", ""),
        login("änna", "pässword"),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Bearer x"},
    ],
)
def test_wrong_credentials_are_refused(
    guarded: FlaskClient, source: str, headers: dict[str, str]
) -> None:
    """Whatever is wrong with them, the answer is the same."""
    assert guarded.post(entries_of(source), json=lap(1), headers=headers).status_code == 401


def test_reports_are_in_the_name_of_whoever_logged_in(guarded: FlaskClient, source: str) -> None:
    """Nobody reports as somebody else, whatever the report says."""
    report = {"type": "pit_report", "car": "24", "lap": 9, "tires": 4, "service_ms": 11_000}
    forged = report | {"operator": "bob", "origin": "timing", "at_ms": 1}

    answer = guarded.post(entries_of(source), json=forged, headers=login())

    assert answer.json["accepted"] == 1
    (logged,) = guarded.get(entries_of(source)).json["entries"]
    assert (logged["operator"], logged["origin"]) == ("anna", "anna")
    assert logged["uid"] == "report/anna/24/9"


def test_whoever_is_logged_in_is_told_so(guarded: FlaskClient) -> None:
    """A page can show who writes."""
    answer = guarded.get("/api/v1/me", headers=login())

    assert answer.json == {"operator": "anna", "login": True}


def test_a_name_that_failed_too_often_must_wait(
    make_app: Callable[..., Flask], operators_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guessing is slow; whoever was let in before still is."""
    monkeypatch.setattr(credentials, "WITHIN_S", 3600.0)  # a busy machine hashes for seconds
    web = make_app(operators_file=operators_file).test_client()
    assert web.get("/api/v1/me", headers=login()).status_code == 200

    tried = [
        web.get("/api/v1/me", headers=login("anna", str(n))).status_code
        for n in range(MOST_FAILURES + 1)
    ]

    assert tried == [401] * MOST_FAILURES + [429]
    assert web.get("/api/v1/me", headers=login()).status_code == 200
    assert web.get("/api/v1/me", headers=login("bob")).status_code == 401

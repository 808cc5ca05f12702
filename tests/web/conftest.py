"""The app in this process, on the session's Redis, and what tests say to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pitlive.settings import load
from pitlive.web.app import create_app


@pytest.fixture
def make_app(redis_url: str) -> Callable[..., Flask]:
    """Make an app with settings of its own."""

    def make(**given: Any) -> Flask:
        return create_app(load(redis_url=redis_url, **{"open_sources": True} | given))

    return make


@pytest.fixture
def web(make_app: Callable[..., Flask]) -> FlaskClient:
    """A client of an app with the default settings."""
    return make_app().test_client()


def lap(number: int, car: str = "24", **more: Any) -> dict[str, Any]:
    """A lap as a feed reports it."""
    return {"type": "lap", "car": car, "lap": number, "at_ms": number * 16_000, **more}


def entries_of(source: str) -> str:
    """Where a source's entries are posted to and read from."""
    return f"/api/v1/sources/{source}/entries"


def aside_of(source: str) -> str:
    """Where what was set aside is read from."""
    return f"/api/v1/sources/{source}/set-aside"

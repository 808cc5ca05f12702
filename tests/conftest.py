"""What the tests share: a private Redis, a running server, a browser, the real races."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import HealthCheck, settings

from pitlive import logs
from pitlive.settings import load
from pitlive.web.app import create_app
from tests.installing import Environments
from tests.lacking import Skipped, absent, program
from tests.stack import Stack

ROOT = Path(__file__).parent.parent
_numbers = count(1)

os.environ["SSL_CERT_FILE"] = str(Path(__file__).parent / "nobody.pem")
"""Tests speak to nobody outside: reading all the world's certificates costs each client 30 ms."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Hundreds of processes are started here, and each would compile our 300 modules anew: 250 ms."""

signal.signal(signal.SIGINT, signal.default_int_handler)
"""What runs behind a shell ignores Ctrl-C (`make test &`), and so would what is started here."""

for _phase in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, _phase, 60.0)
"""Nothing here is timed, and a busy machine may need more than httpx's five seconds."""

settings.register_profile(
    "untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")
"""Nor is an example too slow: hypothesis allows 200 ms, except in CI."""

PATIENCE_MS = 150_000
"""The same for pages, instead of Playwright's thirty seconds."""

logs.to_stdout()

pytest.register_assert_rewrite("tests.faults.scene")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the long form of the fault and load tests, and of what a machine lacked."""
    parser.addoption("--skipped", action="store_true", help="only what the last run skipped")
    parser.addoption("--many", type=int, default=150, help="sources on one engine")
    parser.addoption("--fault-runs", type=int, default=1, help="runs of each fault")
    parser.addoption("--rows", type=int, default=20_000, help="rows of the large state")
    parser.addoption("--away-s", type=float, default=3.0, help="how long Redis is away")
    parser.addoption(
        "--fault-race", choices=["small", "real"], default="small", help="race to feed"
    )
    parser.addoption("--compose", help="data root of a Docker to run Compose on, with the images")
    parser.addoption("--compose-rounds", type=int, default=1, help="how often all is killed")


def pytest_configure(config: pytest.Config) -> None:
    """Count what is skipped for want of a program."""
    config.pluginmanager.register(Skipped())


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the real races."""
    folder = Path(os.environ.get("PITLIVE_DATA") or ROOT / "../shared/data").resolve()
    if not (folder / "main_race").is_dir():
        absent(f"there are no real races in {folder}", "set PITLIVE_DATA to their folder")
    return folder


@pytest.fixture
def source(request: pytest.FixtureRequest) -> str:
    """A name no other test uses; tests are kept apart by it, nothing is ever flushed."""
    return f"t{next(_numbers)}-{os.getpid()}"


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this test session alone. If it cannot start, the suite fails."""
    stack = Stack(engines=0)
    try:
        yield stack.start("redis").redis_url
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def _shared_stack() -> Iterator[Stack]:
    stack = Stack(workers=2)
    try:
        yield stack.start()
    finally:
        stack.stop()


@pytest.fixture
def server(_shared_stack: Stack, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The running server that all tests share; to kill parts of one, take `stack`."""
    yield _shared_stack
    show_logs(request, _shared_stack)


@pytest.fixture
def stack_class() -> type[Stack]:
    """What `stack` makes; tests of another arrangement of the parts have their own."""
    return Stack


@pytest.fixture
def stack(
    request: pytest.FixtureRequest, stack_class: type[Stack]
) -> Iterator[Callable[..., Stack]]:
    """Make private servers, whose parts a test may kill: `stack(engines=2, lease_ms=500)`.

    `parts=["redis"]` starts only those.
    """
    made: list[Stack] = []

    def make(parts: Sequence[str] = (), **settings: Any) -> Stack:
        made.append(stack_class(**settings))
        return made[-1].start(*parts)

    try:
        yield make
    finally:
        for one in made:
            show_logs(request, one)
            one.stop()


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """Environments with one of our distributions, and no more than it requires."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "environments"
    folder.mkdir(exist_ok=True)
    return Environments(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, the machine's own."""
    from playwright.sync_api import sync_playwright

    chromium = program("chromium", "chromium-browser", "google-chrome", package="chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield _patient(opened)
        opened.close()


def _patient(browser: Any) -> Any:
    """A browser whose pages wait as long as a busy machine needs."""
    make = browser.new_context

    def new_context(**how: Any) -> Any:
        context = make(**how)
        context.set_default_timeout(PATIENCE_MS)
        return context

    browser.new_context = new_context
    return browser


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page with nothing stored."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """Let fixtures know how the test went."""
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


def show_logs(request: pytest.FixtureRequest, stack: Stack) -> None:
    """Print the processes' last words if the test failed."""
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        print(stack.logs())


@pytest.fixture
def make_app(redis_url: str) -> Callable[..., Flask]:
    """Make an app with settings of its own."""

    def make(**given: Any) -> Flask:
        return create_app(load(redis_url=redis_url, **{"open_sources": True} | given))

    return make


@pytest.fixture(scope="session")
def shared_app(redis_url: str) -> Flask:
    """An app that tests share, which has the default settings."""
    return create_app(load(redis_url=redis_url, open_sources=True))


@pytest.fixture
def web(shared_app: Flask) -> FlaskClient:
    """A client of the app that tests share."""
    return shared_app.test_client()

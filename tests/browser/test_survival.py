"""A page left open: whatever happens to the server or the network, nobody reloads it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests import races
from tests.gate import Gate
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.faults, pytest.mark.timeout(300)]


class Unavailable(BaseHTTPRequestHandler):
    """Answers 503 to everything, which ends a native EventSource for good."""

    refused = 0

    def do_GET(self) -> None:
        """Refuse."""
        type(self).refused += 1
        self.send_error(503)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def running(stack: Callable[..., Stack]) -> Stack:
    """A server of this test alone, with the usual heartbeats.

    A page that hears one each second takes a process that stands still for three for a dead one.
    """
    return stack()


def opened(running: Stack, page: Any, reported: list[dict[str, Any]], url: str = "") -> None:
    """Feed the first half of a race and open its page, there or where another way leads."""
    races.post(running.url, "race", reported[: len(reported) // 2])
    page.goto(f"{url or running.url}/race/race")
    page.wait_for_selector('[data-testid=connection][data-state="live"]')


def ends_well(running: Stack, page: Any, reported: list[dict[str, Any]]) -> None:
    """Feed the rest; the page, never reloaded, must show the state and miss nothing."""
    page.evaluate("window.never_reloaded = true")
    races.post(running.url, "race", reported[len(reported) // 2 :])
    want = races.final(races.checked(reported))  # compared as values: JavaScript has 5.0 as 5
    wait_for(lambda: page.evaluate("window.pitlive.state") == want, "state", running)
    page.wait_for_selector('[data-testid=connection][data-state="live"]')

    assert page.evaluate("[window.pitlive.missed, window.never_reloaded]") == [0, True]


def test_a_restarted_web_server_is_found_again(running: Stack, page: Any) -> None:
    """The stream resumes where it was."""
    reported = races.small(8, 20)
    opened(running, page, reported)
    running.restart("web", signal.SIGTERM)
    ends_well(running, page, reported)

    assert page.evaluate("window.pitlive.reconnects") > 0


def test_a_restarted_redis_and_engine_are_not_noticed(running: Stack, page: Any) -> None:
    """The page stays connected and goes on."""
    reported = races.small(8, 20)
    opened(running, page, reported)
    running.kill("redis", signal.SIGTERM)
    running.kill("engine")
    running.start("redis", "engine")
    ends_well(running, page, reported)


def test_a_lost_network_is_shown_and_overcome(running: Stack, page: Any) -> None:
    """The badge says so while it lasts; afterwards nothing is missing."""
    reported = races.small(8, 20)
    gate = Gate(running.port)  # Chromium's offline mode does not reach its shared workers
    opened(running, page, reported, gate.url)
    gate.way = "shut"
    gate.cut()
    page.wait_for_selector('[data-testid=connection][data-state="lost"]')
    gate.way = "open"
    ends_well(running, page, reported)
    gate.close()


def test_a_closed_event_source_is_revived(running: Stack, page: Any) -> None:
    """A 503 ends EventSource for good; the page opens a new one with its cursor."""
    reported = races.small(8, 20)
    opened(running, page, reported)
    running.kill("web", signal.SIGTERM)
    with ThreadingHTTPServer(("127.0.0.1", running.port), Unavailable) as refusing:
        threading.Thread(target=refusing.serve_forever, daemon=True).start()
        page.wait_for_selector('[data-testid=connection][data-state="lost"]')
        before = Unavailable.refused
        wait_for(lambda: Unavailable.refused > before, "another try")
        refusing.shutdown()
    running.start("web")
    ends_well(running, page, reported)

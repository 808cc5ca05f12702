"""What a browser makes of nginx: many streams over HTTP/2, and outages nobody has to reload for."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import races
from tests.browser.test_survival import ends_well, opened
from tests.fronted import Fronted
from tests.hub.test_promise import fed
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.faults, pytest.mark.timeout(300)]

TABS = 12
"""Twice what a browser opens to one host over HTTP/1.1."""

LISTEN = """([path, count]) => {
    window.heard = Array.from({length: count}, () => ({hellos: 0, byes: [], closed: 0}))
    window.heard.forEach((one, n) => {
        const stream = new EventSource(`${path}?channels=race&n=${n}`)
        stream.addEventListener('hello', () => one.hellos++)
        stream.addEventListener('bye', (event) => one.byes.push(JSON.parse(event.data).reason))
        stream.onerror = () => { if (stream.readyState === EventSource.CLOSED) one.closed++ }
    })
}"""
"""Plain EventSources, without our client: what any page would do."""


@pytest.fixture
def trusting(browser: Any) -> Iterator[Any]:
    """A browser that takes the certificate that we signed ourselves."""
    context = browser.new_context(ignore_https_errors=True)
    yield context
    context.close()


def test_twelve_tabs_stream_at_once_over_http2(server: Fronted, source: str, trusting: Any) -> None:
    """One connection carries them all, and requests besides."""
    fed(server, source, races.small(3, 5))
    address = f"https://127.0.0.1:{server.tls}"
    tabs = [trusting.new_page() for _ in range(TABS)]
    for tab in tabs:
        tab.goto(f"{address}/operator/{source}")
        tab.evaluate(LISTEN, [f"/api/v1/sources/{source}/events", 1])
    for tab in tabs:
        wait_for(lambda: tab.evaluate("window.heard[0].hellos") > 0, "hello", server)  # noqa: B023

    protocol = "performance.getEntriesByType('navigation')[0].nextHopProtocol"
    assert {tab.evaluate(protocol) for tab in tabs} == {"h2"}
    asked = "fetch('/healthz').then((answer) => answer.status)"
    assert {tab.evaluate(asked) for tab in tabs} == {200}


def test_an_outage_of_the_app_ends_no_event_source(stack: Callable[..., Stack], page: Any) -> None:
    """While the app is away each is told so and comes back by itself, without our client."""
    running = stack(drain_s=0.1)
    fed(running, "race", races.small(3, 5))
    page.goto(f"{running.url}/operator/race")
    page.evaluate(LISTEN, ["/api/v1/sources/race/events", 3])
    wait_for(lambda: all(one["hellos"] for one in heard(page)), "hello", running)
    running.kill("web", signal.SIGTERM)
    running.kill("streams", signal.SIGTERM)
    wait_for(lambda: all("unavailable" in one["byes"] for one in heard(page)), "bye", running)
    running.start("web", "streams")
    wait_for(lambda: all(one["hellos"] > 1 for one in heard(page)), "hello", running)

    assert [one["closed"] for one in heard(page)] == [0, 0, 0]


def heard(page: Any) -> list[dict[str, Any]]:
    """What the page's streams have been told so far."""
    told: list[dict[str, Any]] = page.evaluate("window.heard")
    return told


def test_the_race_page_outlives_the_app(stack: Callable[..., Stack], page: Any) -> None:
    """The page is never reloaded, misses nothing and ends in the right state."""
    running, reported = stack(drain_s=0.1, heartbeat_s=1), races.small(8, 20)
    opened(running, page, reported)
    running.kill("streams")
    running.kill("web")
    page.wait_for_selector('[data-testid=connection][data-state="lost"]')
    running.start("web", "streams")
    ends_well(running, page, reported)


def test_a_reload_of_nginx_is_no_business_of_the_page(
    stack: Callable[..., Fronted], page: Any
) -> None:
    """Its stream is cut with the old worker and goes on with the new."""
    running = stack(heartbeat_s=1, nginx={"worker_shutdown_timeout": "200ms"})
    reported = races.small(8, 20)
    opened(running, page, reported)
    running.reload()
    wait_for(lambda: page.evaluate("window.pitlive.reconnects") > 0, "reconnect", running)
    ends_well(running, page, reported)


def test_a_page_asked_for_while_the_app_starts_comes_by_itself(
    stack: Callable[..., Stack], page: Any
) -> None:
    """Nobody has to press reload."""
    running = stack()
    running.kill("web", signal.SIGTERM)  # its workers with it: one may outlive a kill for a while
    page.goto(f"{running.url}/")
    page.wait_for_selector("text=PitLive is starting")
    running.start("web")
    page.wait_for_selector("#app > *")

    assert "is starting" not in page.content()

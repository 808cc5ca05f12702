"""The status page in real Chromium: what it shows is what the server counts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests import races
from tests.checker import Checker
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SHOWN = """() => [...document.querySelectorAll('[data-metric]')].map(
  cell => [cell.dataset.metric, cell.dataset.labels ?? '', Number(cell.dataset.value)])"""

MOVING = ("pitlive_request_seconds", "pitlive_streams")
"""Moved by looking, or shown as a sum over labels."""


@pytest.fixture
def running(stack: Callable[..., Stack]) -> Iterator[Stack]:
    """A server of this test alone, with a race that three streams follow."""
    one = stack(workers=2)
    races.post(one.url, "race", [*races.small(4, 10), {"type": "nonsense"}])
    readers = [Checker(one.url, "race").start() for _ in range(3)]
    wait_for(lambda: all(reader.state for reader in readers), "states", one)
    yield one
    for reader in readers:
        reader.stop()


def counted(running: Stack) -> dict[tuple[str, str], float]:
    """Every value of the server by metric and labels, as the page names them."""
    metrics = httpx.get(f"{running.url}/api/v1/status").json()["metrics"]
    return {
        (name, label): one["value"]
        for name, series in metrics.items()
        for one in series
        if "value" in one
        for label in {",".join(one["labels"].values()), ",".join(reversed(one["labels"].values()))}
    }


def shown(page: Any, metric: str) -> float:
    """The first figure of a metric on the page."""
    return float(page.locator(f"[data-metric={metric}]").first.get_attribute("data-value"))


def test_every_figure_on_the_page_is_one_of_the_server(running: Stack, page: Any) -> None:
    """Each cell is found in the JSON with the same value; nothing is made up."""
    page.goto(f"{running.url}/status")
    page.wait_for_selector("[data-metric]")
    wait_for(lambda: shown(page, "pitlive_streams") == 3, "streams", running)
    wait_for(lambda: bool(page.locator("tr[data-engine]").count()), "engine", running)

    def differing() -> list[Any]:
        server = counted(running)
        cells = [cell for cell in page.evaluate(SHOWN) if cell[0] not in MOVING]
        assert len(cells) > 30
        return [
            (name, labels, value)
            for name, labels, value in cells
            if name != "pitlive_streams_opened_total" and server.get((name, labels)) != value
        ]

    wait_for(lambda: not differing(), "the same figures", running)
    source = page.locator("tr[data-source=race]")
    assert source.locator("[data-field=entries]").get_attribute("data-value") == str(
        len(races.small(4, 10))
    )
    posts = page.locator("tr[data-route='/api/v1/sources/<source>/entries']")
    wait_for(lambda: posts.count() == 1, "the route of the post", running)


def test_what_happens_is_seen_without_a_reload(running: Stack, page: Any) -> None:
    """A refused entry, and a stream more, on a page that was open before."""
    page.goto(f"{running.url}/status")
    page.wait_for_selector("[data-metric]")
    refused = page.locator("[data-metric=pitlive_entries_total][data-labels=refused]")
    wait_for(lambda: shown(page, "pitlive_streams") == 3, "streams", running)
    assert refused.get_attribute("data-value") == "1"
    races.post(running.url, "race", [{"type": "note", "uid": "n", "text": "x"}, {"type": "no"}])
    wait_for(lambda: refused.inner_text() == "2+1", "what is new, for a minute", running)
    assert refused.get_attribute("data-value") == "2"

    more = Checker(running.url, "race").start()
    wait_for(lambda: shown(page, "pitlive_streams") == 4, "the fourth stream", running)
    more.stop()


def test_a_server_or_redis_that_is_away_is_said(running: Stack, page: Any) -> None:
    """And nobody has to reload when it is back."""
    page.goto(f"{running.url}/status")
    page.wait_for_selector("[data-metric=pitlive_redis_up][data-value='1']")
    running.kill("redis", signal.SIGTERM)
    page.wait_for_selector("[data-metric=pitlive_redis_up][data-value='0']")
    running.kill("web", signal.SIGTERM)
    page.wait_for_selector("[data-testid=lost]")
    running.start("redis", "web")
    page.wait_for_selector("[data-metric=pitlive_redis_up][data-value='1']")

    assert page.locator("[data-testid=lost]").count() == 0

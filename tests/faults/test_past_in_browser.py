"""A page left open while the past changes says so, and shows what is so now.

Other facts have come by then, beyond the number that the page had: by numbers alone it had
missed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import races
from tests.browser.test_race_page import BANNER, TOWER
from tests.checker import number
from tests.faults.pasts import (
    FIRST,
    GONE,
    OTHER,
    Pair,
    backup,
    declare_quiet,
    post,
    post_other,
    put_back,
)
from tests.gate import Gate
from tests.stack import Stack, free_port, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.faults, pytest.mark.timeout(400)]

PARTS = ("engine", "web")


def is_proven(page: Any, running: Stack, cursor: str) -> None:
    """Wait until the badge says of a cursor that nothing before it was missed."""
    badge = page.locator("[data-testid=connection]")
    wait_for(lambda: badge.get_attribute("data-proven") == cursor, f"page at {cursor}", running)
    wait_for(lambda: "0 missed of" in badge.inner_text(), "the word that it is proven", running)


@contextmanager
def away(page: Any, gate: Gate) -> Iterator[None]:
    """Have a page be without the server."""
    gate.way = "shut"
    gate.cut()
    page.wait_for_selector('[data-testid=connection][data-state="lost"]')
    yield
    gate.way = "open"


def opened(running: Stack, page: Any, gate: Gate) -> None:
    """A page on what both pasts have."""
    declare_quiet(running, "race")
    reached = post(running, FIRST)
    page.goto(f"{gate.url}/race/race")
    is_proven(page, running, reached)
    assert "shown anew" not in page.locator("[data-testid=connection]").inner_text()


def is_shown_anew(page: Any, running: Stack, had: str, now: str) -> None:
    """The page says that the past is another, and looks like one that was opened just now."""
    assert had.partition(".")[0] == now.partition(".")[0]
    assert number(now) > number(had)
    is_proven(page, running, now)
    badge = page.locator("[data-testid=connection]")
    wait_for(lambda: "shown anew" in badge.inner_text(), "the word of it", running)
    assert badge.get_attribute("data-pasts") == "1"

    want = races.final(races.checked([*FIRST, *OTHER]), races.QUIET)
    wait_for(lambda: page.evaluate("window.pitlive.state") == want, "state", running)
    fresh = page.context.new_page()
    fresh.goto(f"{running.url}/race/race")
    is_proven(fresh, running, now)
    assert fresh.locator("[data-testid=connection]").get_attribute("data-pasts") == "0"
    for shown in (TOWER, BANNER):
        wait_for(lambda: page.evaluate(shown) == fresh.evaluate(shown), "same figures", running)  # noqa: B023
    assert page.evaluate(TOWER)


def test_a_page_says_that_an_older_folder_was_put_back(
    stack: Callable[..., Stack], page: Any, tmp_path: Path
) -> None:
    """Everything was started anew meanwhile, on a backup."""
    running = stack(heartbeat_s=1, drain_s=0)
    gate = Gate(running.port)
    opened(running, page, gate)
    backup(running, tmp_path / "backup")
    had = post(running, GONE)
    is_proven(page, running, had)
    with away(page, gate):
        put_back(running, tmp_path / "backup", PARTS)
        now = post_other(running)

    is_shown_anew(page, running, had, now)
    gate.close()


def test_a_page_says_that_a_replica_which_lagged_was_promoted(
    stack_of: Callable[..., Stack], page: Any
) -> None:
    """Its engine began anew; the web server lived on."""
    pair = Pair(stack_of, heartbeat_s=1, drain_s=0)
    running = pair.parts.start()
    gate = Gate(running.port)
    opened(running, page, gate)
    pair.follow(free_port())
    had = post(running, GONE)
    is_proven(page, running, had)
    with away(page, gate):
        running.kill("engine")
        pair.fail_over()
        running.start("engine")
        now = post_other(running)

    is_shown_anew(page, running, had, now)
    gate.close()

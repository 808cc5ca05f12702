"""The pages of the example apps in real Chromium: they show what pandas computes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import httpx
import pytest

from pitlive import apps
from tests.apps import plain
from tests.browser import shown
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MIDWAY = 0.7

UPDATES = 30
"""Ten a second."""

WATCH = """() => {
  window.tasks = []
  new PerformanceObserver(list => tasks.push(...list.getEntries().map(one => one.duration)))
    .observe({type: 'longtask'})
}"""


def wait(page: Any, app: str, reported: Sequence[dict[str, Any]], server: Stack) -> None:
    """Wait until every widget shows exactly what was reported."""
    want = shown.wanted(apps.declaration(app), plain.ALL[app](reported))
    found = partial(shown.of_page, page)
    wait_for(lambda: shown.is_same(found(), want), f"same figures of {len(reported)}", server)


@pytest.mark.parametrize("app", plain.ALL)
def test_every_widget_of_an_app_equals_pandas_whoever_opened_its_page_when(
    app: str, server: Stack, source: str, page: Any
) -> None:
    """Midway and at the end, for one who was there first and for one who came midway."""
    shown.declare(server, source, apps.declaration(app))
    reported = list(apps.entries(app, 1))
    cut = int(len(reported) * MIDWAY)
    first = shown.opened(page, server, source)
    shown.feed(server, source, reported[:cut])
    wait(first, app, reported[:cut], server)
    late = shown.opened(page.context.new_page(), server, source)
    shown.feed(server, source, reported[cut:])
    for one in (first, late):
        wait(one, app, reported, server)

    both = [partial(one.evaluate, "pitlive.state") for one in (first, late)]
    wait_for(lambda: both[0]() == both[1](), "what is not shown", server)
    assert first.evaluate("[pitlive.missed, pitlive.holes]") == [0, 0]


def test_a_click_looks_into_a_district_and_into_a_school_and_back(
    server: Stack, source: str, page: Any
) -> None:
    """One widget shows districts, then the schools of one, then the grades of one of those."""
    shown.declare(server, source, apps.declaration("assessment"))
    reported = list(apps.entries("assessment", 1))
    shown.feed(server, source, reported)
    want = plain.assessment(reported)
    shown.opened(page, server, source)

    def below(stat: str, prefix: str) -> bool:
        rows = {key: row["mean"] for key, row in want[stat].items() if key.startswith(prefix)}
        return shown.is_same(shown.of_page(page), {stat: rows})

    wait_for(partial(below, "districts", ""), "the districts", server)
    page.locator("[data-stat=districts] [data-key=Riverside]").click()
    wait_for(partial(below, "schools", "Riverside/"), "its schools", server)
    spread = {"spread": {k: r for k, r in want["spread"].items() if k.startswith("Riverside/")}}
    bins = shown.wanted(apps.declaration("assessment"), spread)
    wait_for(lambda: shown.is_same(shown.of_page(page), bins), "how its scores spread", server)
    page.locator("[data-stat=schools] [data-key='Riverside/Millbrook']").click()
    wait_for(partial(below, "school-grades", "Riverside/Millbrook/"), "its grades", server)
    page.locator("[data-stat=school-grades] nav").get_by_role("button", name="All").click()
    wait_for(partial(below, "districts", ""), "the districts again", server)


def test_a_ranked_list_changes_its_period(server: Stack, source: str, page: Any) -> None:
    """The schools of the last hour, of the last day, of the whole week: the largest first."""
    shown.declare(server, source, apps.declaration("election"))
    reported = list(apps.entries("election", 1))
    shown.feed(server, source, reported)
    want = plain.election(reported)
    shown.opened(page, server, source)
    for stat, period in (("schools-1d", "Last day"), ("schools", "All week")):
        page.get_by_role("radio", name=period).check()
        values = [row["percentage"] for row in want[stat].values()]
        rows = page.locator(f"[data-stat='{stat}'] [data-key]")
        best = pytest.approx(sorted(values, reverse=True), rel=1e-9)

        def listed(rows: Any = rows) -> list[float]:
            return rows.evaluate_all("all => all.map(row => Number(row.dataset.value))")

        wait_for(lambda best=best, listed=listed: listed() == best, period, server)


def test_the_clock_of_a_replayed_election_is_its_own_until_it_closes(
    server: Stack, source: str, page: Any
) -> None:
    """Counted down by event time; at the end it is closed, and open if all begins anew."""
    shown.declare(server, source, apps.declaration("election"))
    reported = list(apps.entries("election", 1))
    shown.feed(server, source, reported[:20_000])
    shown.opened(page, server, source)
    page.wait_for_selector("[data-countdown=open]")
    end = {"type": "tick", "at_ms": apps.declaration("election")["page"]["end_s"] * 1000}
    shown.feed(server, source, [end])
    comes_to(page, "closed", server)

    httpx.delete(f"{server.url}/api/v1/sources/{source}").raise_for_status()
    shown.declare(server, source, apps.declaration("election"))
    shown.feed(server, source, reported[:20_000])
    comes_to(page, "open", server)


def comes_to(page: Any, want: str, server: Stack) -> None:
    """Wait for a phase of the clock; if it does not come, say what the page knew."""
    badge = page.locator("[data-countdown]")
    try:
        wait_for(lambda: badge.get_attribute("data-countdown") == want, want, server)
    except AssertionError:
        known = "pitlive.cursor, pitlive.missed, pitlive.holes, pitlive.reconnects, pitlive.link"
        print(badge.get_attribute("data-now"), page.evaluate(f"[{known}]"))
        print(httpx.get(f"{server.url}/api/v1/sources").text)
        raise


@pytest.mark.parametrize("app", plain.ALL)
def test_ten_updates_a_second_are_shown_and_long_tasks_are_counted(
    app: str, server: Stack, source: str, page: Any, record_property: Any
) -> None:
    """Every update arrives on the page; how long its tasks were is told, for machines differ."""
    shown.declare(server, source, apps.declaration(app))
    reported = list(apps.entries(app, 1))
    start = len(reported) - UPDATES * 5
    shown.feed(server, source, reported[:start])
    shown.opened(page, server, source)
    wait(page, app, reported[:start], server)
    page.evaluate(WATCH)
    for n in range(start, len(reported), 5):
        shown.feed(server, source, reported[n : n + 5])
        page.wait_for_timeout(100)
    wait(page, app, reported, server)

    tasks = page.evaluate("tasks")
    record_property("longtasks_ms", tasks)
    print(f"{app}: tasks over 50 ms: {len(tasks)}, the longest {max(tasks, default=0):.0f} ms")
    assert page.evaluate("[pitlive.missed, pitlive.holes]") == [0, 0]

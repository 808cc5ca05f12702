"""The page of a declared source in real Chromium: what it shows is what pandas computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from pitlive import apps
from tests.apps import plain
from tests.browser import shown
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MIDWAY = 3000
"""Entries after which the page is compared; and at the end."""

DECLARED = {
    **{part: value for part, value in apps.declaration("assessment").items() if part != "page"},
    "stats": [one for one in apps.declaration("assessment")["stats"] if one["name"] != "spread"],
}
"""Without a page of its own, and without a stat of a thousand rows: only some are in view."""


def wait(page: Any, reported: Sequence[Mapping[str, Any]], server: Stack) -> None:
    """Wait until a page shows exactly the figures of what was reported."""
    want = shown.wanted(DECLARED, plain.assessment(reported))
    found = partial(shown.of_page, page)
    wait_for(lambda: shown.is_same(found(), want), f"same figures of {len(reported)}", server)


def declare(server: Stack, source: str) -> list[dict[str, Any]]:
    """Declare a source as the example app, but for its page; return what will be reported."""
    shown.declare(server, source, DECLARED)
    return list(apps.entries("assessment", 1))


def test_every_figure_on_the_page_equals_pandas_whoever_opened_it_when(
    server: Stack, source: str, page: Any
) -> None:
    """Midway and at the end, for one who was there first and one who came midway."""
    reported = declare(server, source)
    pages = [shown.opened(page, server, source)]
    before = page.evaluate("pitlive.reconnects")  # a busy worker may have asked it to come back
    shown.feed(server, source, reported[:MIDWAY])
    wait(page, reported[:MIDWAY], server)
    pages.append(shown.opened(page.context.new_page(), server, source))
    shown.feed(server, source, reported[MIDWAY:])
    for one in pages:
        wait(one, reported, server)

    early, late = (partial(one.evaluate, "pitlive.state") for one in pages)
    wait_for(lambda: late() == early(), "what is not shown", server)
    assert page.evaluate("[pitlive.missed, pitlive.holes]") == [0, 0]
    assert page.evaluate("pitlive.reconnects") == before


def test_choosing_a_district_shows_its_schools_and_a_school_its_grades(
    server: Stack, source: str, page: Any
) -> None:
    """By a click on a bar or by the list above, in all widgets at once, and back again."""
    reported = declare(server, source)
    shown.feed(server, source, reported)
    want = shown.wanted(DECLARED, plain.assessment(reported))
    shown.opened(page, server, source)

    def below(stat: str, prefix: str) -> bool:
        inside = {key: value for key, value in want[stat].items() if key.startswith(prefix)}
        return shown.is_same(shown.of_page(page), {stat: inside})

    page.locator("[data-stat=districts] [data-key=Riverside]").click()
    for stat in ("schools", "school-spread", "top-schools", "top-students"):
        wait_for(partial(below, stat, "Riverside/"), f"{stat} of the district", server)
    page.locator("[data-choice=school]").select_option("Millbrook")
    wait_for(partial(below, "school-grades", "Riverside/Millbrook/"), "its grades", server)
    wait_for(partial(below, "districts", ""), "all districts still", server)

    page.get_by_role("button", name="Show all").click()
    wait(page, reported, server)


def test_a_table_has_all_figures_and_is_searched_and_ordered(
    server: Stack, source: str, page: Any
) -> None:
    """Every figure of the rows, in the order of the column that was clicked."""
    reported = declare(server, source)
    shown.feed(server, source, reported)
    means = [row["mean"] for row in plain.assessment(reported)["schools"].values()]
    shown.opened(page, server, source)
    schools = page.locator("[data-stat=schools]")
    schools.get_by_role("radio", name="Table").check()
    schools.get_by_role("button", name="mean").click()
    cells = schools.locator("[data-figure=mean]")
    best = pytest.approx(sorted(means, reverse=True), rel=1e-9)

    def listed() -> list[float]:
        return cells.evaluate_all("all => all.map(cell => Number(cell.dataset.value))")

    wait_for(lambda: listed() == best, "the means of all schools", server)

    schools.get_by_role("searchbox").fill("mill")
    wait_for(lambda: schools.locator("[data-key]").count() == 1, "what was searched", server)
    assert "Millbrook" in schools.locator("[data-key]").inner_text()


def test_a_list_of_thousands_has_only_what_is_seen_in_the_document(
    server: Stack, source: str, page: Any
) -> None:
    """And scrolling brings the others."""
    declared = {
        "kind": "declared",
        "entries": {"sale": {"fields": {"item": "text", "n": "integer"}}},
        "stats": [{"name": "items", "kind": "mean", "of": "n", "by": ["item"]}],
    }
    shown.declare(server, source, declared)
    sales = [{"uid": f"u{n}", "item": f"i{n}", "n": n} for n in range(3000)]
    shown.feed(server, source, sales)
    shown.opened(page, server, source)
    page.wait_for_selector('[data-groups="3000"]')
    page.wait_for_selector("[data-key=i2999]")
    assert page.locator("[data-key]").count() < 100

    page.locator("[data-stat=items] .scroll").evaluate("one => one.scrollTo(0, 1e9)")
    page.wait_for_selector("[data-key=i0]")
    assert page.locator("[data-key]").count() < 100

"""The page of a table in real Chromium: the rows in view are always those of the server."""

from __future__ import annotations

from functools import partial
from itertools import count, islice
from typing import Any

import httpx
import pytest

from pitlive import apps
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CELLS = """() => Object.fromEntries([...document.querySelectorAll('[data-cell][data-value]')].map(
  one => [one.dataset.cell, Number(one.dataset.value)]))"""

WATCH = """() => {
  window.tasks = []
  new PerformanceObserver(list => tasks.push(...list.getEntries().map(one => one.duration)))
    .observe({type: 'longtask'})
}"""

_uids = count(1)


@pytest.fixture
def url(server: Stack, source: str) -> str:
    """A table of the example app on the server that all tests share."""
    url = f"{server.url}/api/v1/sources/{source}"
    httpx.put(url, json=apps.declaration("dataset")).raise_for_status()
    wait_for(lambda: httpx.get(f"{url}/rows").status_code == 200, "table", server)
    return url


def post(url: str, **entry: Any) -> None:
    """Do something to the table, and wait until it is done."""
    said = {"uid": f"b{next(_uids)}", **entry}

    def is_done() -> bool:
        answer = httpx.post(f"{url}/entries", json=said, timeout=60)
        return bool(answer.raise_for_status().json()["folded"])

    wait_for(is_done, "fold")  # the same again is a repeat, and waits for it too


def patiently(route: Any) -> None:
    """Let what the page does wait for a busy engine for as long as the server allows."""
    route.continue_(headers={**route.request.headers, "prefer": "wait=10"})


def opened(page: Any, server: Stack, source: str) -> Any:
    """The page of the table, live and with its rows; the list and the app lead to it."""
    page.route("**/entries", patiently)
    page.goto(f"{server.url}/source/{source}")
    page.wait_for_selector('[data-testid=connection][data-state="live"]')
    page.wait_for_selector("[data-cell][data-value]")
    return page


def is_right(page: Any, url: str, first: int) -> bool:
    """Whether the page shows the rows that the server has, from a row on at least twenty."""
    rows = httpx.get(f"{url}/rows", params={"offset": first, "limit": 20}).json()
    want = {
        f"{column}/{first + n}": value
        for column, part in rows["columns"].items()
        for n, value in enumerate(part["values"])
    }
    shown = page.evaluate(CELLS)
    return {cell: shown.get(cell) for cell in want} == want


def test_ten_updates_a_second_are_shown_and_long_tasks_are_counted(
    server: Stack, source: str, url: str, page: Any, record_property: Any
) -> None:
    """The rows in view end as the server has them; how long its tasks were is told."""
    opened(page, server, source)
    page.evaluate(WATCH)
    for entry in islice(apps.entries("dataset", 1), 100):
        post(url, **entry)
        page.wait_for_timeout(60)
    wait_for(partial(is_right, page, url, 0), "the rows of the server", server)

    tasks = page.evaluate("tasks")
    record_property("longtasks_ms", tasks)
    print(f"tasks over 50 ms: {len(tasks)}, the longest {max(tasks, default=0):.0f} ms")
    assert page.evaluate("[pitlive.missed, pitlive.holes]") == [0, 0]
    wait_for(lambda: page.locator("[data-change]").count() > 50, "who changed what", server)
    assert page.locator("[data-row]").count() < 100


def test_any_row_is_gone_to_and_kept_up_there(
    server: Stack, source: str, url: str, page: Any
) -> None:
    """By its number, by Next and Previous, and to the very end."""
    opened(page, server, source)
    row = page.get_by_role("spinbutton", name="row")
    row.fill("30000")
    row.press("Enter")
    wait_for(partial(is_right, page, url, 30_000), "row 30,000", server)
    page.get_by_role("button", name="Next").click()
    wait_for(partial(is_right, page, url, 30_050), "the next rows", server)
    post(url, type="affine", column=8, a=3, b=1, m=512)
    post(url, type="cell", column=1, row=30_052, value=-7)
    wait_for(partial(is_right, page, url, 30_050), "what changed there", server)
    row.fill("49999")
    row.press("Enter")
    wait_for(partial(is_right, page, url, 49_980), "the last rows", server)


def test_who_writes_into_a_cell_that_changed_meanwhile_sees_both_values(
    server: Stack, source: str, url: str, page: Any
) -> None:
    """And decides; what only changed elsewhere in the row is no conflict."""
    opened(page, server, source)
    page.locator('[data-cell="4/3"]').click()
    post(url, type="add", column=9, k=1, origin="bob")
    page.get_by_role("spinbutton", name="Returned of row 3").fill("5")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-cell="4/3"][data-value="5"]')
    assert page.get_by_role("alertdialog").count() == 0

    page.locator('[data-cell="4/3"]').click()
    post(url, type="cell", column=4, row=3, value=8, origin="bob")
    page.get_by_role("spinbutton", name="Returned of row 3").fill("6")
    page.keyboard.press("Enter")
    clash = page.get_by_role("alertdialog", name="Conflict")
    clash.wait_for()
    assert clash.locator("[data-stands]").get_attribute("data-stands") == "8"
    assert clash.locator("[data-mine]").get_attribute("data-mine") == "6"
    assert "bob wrote" in clash.inner_text()
    clash.get_by_role("button", name="Write 6").click()
    page.wait_for_selector('[data-cell="4/3"][data-value="6"]')


def test_a_personal_message_is_seen_by_one_tab_alone(
    server: Stack, source: str, url: str, page: Any
) -> None:
    """Who did something can be written to; an announcement is seen by all."""
    ann = opened(page, server, source)
    bob, cem = (opened(ann.context.new_page(), server, source) for _ in range(2))
    user = ann.locator("[data-user]").get_attribute("data-user")
    ann.get_by_label("Operation").select_option("row_index")
    ann.get_by_role("button", name="Do it").click()
    bob.locator(f'option[value="{user}"]').wait_for(state="attached")
    for to, text in ((user, "for you alone"), ("", "for everybody")):
        bob.get_by_label("To", exact=True).select_option(to)
        bob.get_by_label("Message", exact=True).fill(text)
        bob.get_by_role("button", name="Send").click()
        bob.locator("input[aria-label=Message]:invalid").wait_for()  # it was sent, and is empty

    for one in (ann, bob, cem):
        one.locator("[data-message=all]").wait_for()
    assert "for you alone" in ann.locator("[data-message=personal]").inner_text()
    assert [one.locator("[data-message=personal]").count() for one in (bob, cem)] == [0, 0]


def test_an_operation_that_cannot_be_done_says_why(
    server: Stack, source: str, url: str, page: Any
) -> None:
    """In the words of the server; nothing changed."""
    opened(page, server, source)
    page.get_by_label("Column", exact=True).select_option(label="Rating")
    page.get_by_role("spinbutton", name="k").fill("9")
    page.get_by_role("button", name="Do it").click()
    refused = page.get_by_text("one that leaves a number with at most 1 decimals from 0 to 5")
    refused.wait_for()
    assert is_right(page, url, 0)

"""The operator page in real Chromium: by keyboard alone, with colleagues who disagree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests import races
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Desk = Callable[[str], Any]


@pytest.fixture
def seat(server: Stack, source: str, browser: Any) -> Any:
    """Open operator pages, each in a browser of its own."""
    contexts = []

    def sit_down(operator: str) -> Any:
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(f"{server.url}/operator/{source}")
        page.wait_for_selector('[data-testid=connection][data-state="live"]')
        page.keyboard.type(operator)
        page.keyboard.press("Tab")
        return page

    yield sit_down
    for context in contexts:
        context.close()


@pytest.fixture
def desk(server: Stack, source: str, seat: Desk) -> Desk:
    """The same on a running race."""
    races.post(server.url, source, [e for e in races.small(6, 30) if e["at_ms"] < 250_000])
    return seat


def report(page: Any, car: str, lap: int, tires: int, seconds: str) -> None:
    """Type a pit report without touching the mouse; the focus stands on the car."""
    page.keyboard.type(car)
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type(str(lap))
    page.keyboard.press("Tab")
    page.keyboard.press(str(tires))
    page.keyboard.type(seconds)
    page.keyboard.press("Enter")


def shown(page: Any, car: str, lap: int) -> Any:
    """The line of a car and lap among the reports of all operators."""
    return page.locator(f'[data-report="{car}/{lap}"]')


def becomes(page: Any, car: str, lap: int, status: str) -> None:
    """Wait until the line has a status."""
    page.wait_for_selector(f'[data-report="{car}/{lap}"][data-status="{status}"]')


def entries(server: Stack, source: str, type: str) -> list[dict[str, Any]]:
    """The entries of a type in the log."""
    url = f"{server.url}/api/v1/sources/{source}/entries"
    found = httpx.get(url, params={"limit": 1000}).json()["entries"]
    return [entry for entry in found if entry["type"] == type]


def test_a_report_is_entered_by_keyboard_alone(server: Stack, source: str, desk: Desk) -> None:
    """Typed, echoed at once, in the log as typed, and the focus is back on the car."""
    page = desk("anna")
    report(page, "3", 20, 4, "11.8")
    becomes(page, "3", 20, "single")
    (logged,) = entries(server, source, "pit_report")

    assert shown(page, "3", 20).get_attribute("data-service") == "11800"
    assert {k: logged[k] for k in ("uid", "operator", "car", "lap", "tires", "service_ms")} == {
        "uid": "report/anna/3/20",
        "operator": "anna",
        "car": "3",
        "lap": 20,
        "tires": 4,
        "service_ms": 11800,
    }
    assert page.evaluate("document.activeElement.dataset.field") == "car"


def test_a_lap_about_to_be_typed_over_is_left_alone(server: Stack, source: str, desk: Desk) -> None:
    """The race goes on between two keys; what the operator types is what counts."""
    page = desk("anna")
    lap = page.locator("#lap")
    page.keyboard.type("3")
    wait_for(lambda: lap.input_value() == "24", "proposal", server)
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    laps = [{"type": "lap", "car": "3", "lap": n, "at_ms": 10_000 * n} for n in (24, 25, 26)]
    races.post(server.url, source, laps)
    page.wait_for_selector('header [data-field="lap"][data-value="26"]')
    page.keyboard.type("20")

    assert lap.input_value() == "20"


def test_colleagues_within_half_a_second_agree(server: Stack, source: str, desk: Desk) -> None:
    """The value is their mean, rounded down, on both screens."""
    one, two = desk("anna"), desk("bo")
    report(one, "3", 20, 4, "11.8")
    report(two, "3", 20, 4, "11.301")
    for page in (one, two):
        becomes(page, "3", 20, "agreed")
        assert shown(page, "3", 20).get_attribute("data-service") == "11550"


def test_a_conflict_is_shown_resolved_once_and_explained(
    server: Stack, source: str, desk: Desk
) -> None:
    """All claims are seen, nobody's value counts until one decides, and anyone may ask why."""
    one, two = desk("anna"), desk("bo")
    report(one, "3", 20, 4, "11.8")
    report(two, "3", 20, 2, "6.2")
    becomes(one, "3", 20, "conflict")
    becomes(two, "3", 20, "conflict")
    assert shown(one, "3", 20).get_attribute("data-service") == ""
    assert shown(one, "3", 20).locator("[data-claim]").count() == 2

    for page, reason in ((one, "seen on the replay"), (two, "I am sure")):
        shown(page, "3", 20).get_by_role("button", name="Use this").first.click()
        page.keyboard.type(reason)
    one.keyboard.press("Enter")
    becomes(one, "3", 20, "decided")
    becomes(two, "3", 20, "decided")
    shown(two, "3", 20).get_by_role("button", name="Why?").click()
    why = two.locator("[data-testid=why]").inner_text()

    assert "anna" in why
    assert "seen on the replay" in why
    assert len(entries(server, source, "pit_decision")) == 1


def test_whoever_decides_second_is_told_who_decided(server: Stack, source: str, desk: Desk) -> None:
    """At the same moment only one decision is taken, and the other operator reads whose."""
    one, two = desk("anna"), desk("bo")
    report(one, "3", 20, 4, "11.8")
    report(two, "3", 20, 2, "6.2")
    becomes(two, "3", 20, "conflict")
    shown(two, "3", 20).get_by_role("button", name="Use this").first.click()
    two.keyboard.type("I am sure")
    two.route("**/decisions", lambda route: decide_before(server, source, route))
    two.keyboard.press("Enter")

    two.locator("[data-testid=trail]").get_by_text("anna decided before").wait_for()
    becomes(two, "3", 20, "decided")
    (decision,) = entries(server, source, "pit_decision")
    assert decision["operator"] == "anna"


def decide_before(server: Stack, source: str, route: Any) -> None:
    """Let anna's decision arrive just before the one on its way."""
    decision = {"car": "3", "lap": 20, "operator": "anna", "tires": 4, "service_ms": 11800}
    url = f"{server.url}/api/v1/sources/{source}/decisions"
    assert httpx.post(url, json=decision | {"reason": "seen on the replay"}).status_code == 201
    route.continue_()


def test_a_report_can_be_corrected_and_undone(server: Stack, source: str, desk: Desk) -> None:
    """The higher revision counts, a retraction takes the report out, and the log keeps both."""
    page = desk("anna")
    report(page, "3", 20, 4, "11.8")
    becomes(page, "3", 20, "single")
    page.locator("[data-testid=trail]").get_by_role("button", name="Correct").first.click()
    page.keyboard.type("9.5")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-report="3/20"][data-service="9500"]')
    page.get_by_role("button", name="Undo").first.click()
    wait_for(lambda: [e["revision"] for e in logged(server, source)] == [0, 1, 2], "undo", server)


def logged(server: Stack, source: str) -> list[dict[str, Any]]:
    """Every entry about anna's report."""
    return entries(server, source, "pit_report") + entries(server, source, "retract")


def test_reports_typed_while_the_network_is_away_are_sent_later(
    server: Stack, source: str, desk: Desk
) -> None:
    """They wait where the operator can see them, and are taken once."""
    page = desk("anna")
    page.context.set_offline(True)
    report(page, "3", 20, 4, "11.8")
    page.wait_for_selector('[data-testid=queue][data-waiting="1"]')
    page.context.set_offline(False)
    becomes(page, "3", 20, "single")

    assert len(entries(server, source, "pit_report")) == 1


def test_a_refused_report_says_so_at_its_field(server: Stack, source: str, seat: Desk) -> None:
    """Field, what was there and what would do, beside what was typed."""
    declared = {"kind": "race", "cars": [{"car": "3"}]}
    httpx.put(f"{server.url}/api/v1/sources/{source}", json=declared).raise_for_status()
    page = seat("anna")
    report(page, "99", 20, 4, "11.8")
    said = page.locator("#said-car")
    want = "one of the 1 cars"
    wait_for(lambda: want in (said.text_content() or ""), "refusal at the field", server)

    assert entries(server, source, "pit_report") == []

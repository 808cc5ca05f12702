"""An Arithmospora programme changes hands: its feeders and its pages notice nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.arithmospora.programme import KEYS, Feeder, config, is_read
from tests.arithmospora.reader import Page, opened
from tests.stack import Stack, wait_for

Follow = Callable[[Stack, str], "subprocess.Popen[bytes]"]


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def name(source: str) -> str:
    """The source as the configuration calls it."""
    return f"election{source}"


@pytest.fixture
def page(server: Stack, feeder: Feeder, election: Follow, name: str) -> Callable[..., Page]:
    """Open a page of the programme once all is read: `page("?only=…", cursor=…)`."""
    pages: list[Page] = []

    def open_page(query: str = "", cursor: str = "") -> Page:
        wait_for(lambda: is_read(server, name), "all stats as read", server)
        pages.append(opened(server.url, f"/{name}{query}", cursor))
        return pages[-1]

    yield open_page  # type: ignore[misc]
    for one in pages:
        one.close()


def test_a_page_of_old_is_told_what_there_is_and_then_every_stat(
    server: Stack, feeder: Feeder, election: Follow, page: Callable[..., Page], name: str
) -> None:
    """`available` in the declared order, then each stat once, with shares as computed there."""
    feeder.write("proportion:total", {"current": 71, "total": 200})
    feeder.write("rolling:5m:total", {"current": 7, "total": 200, "peak": 50})
    feeder.write("other:totalvotes", 2345)
    feeder.write("other:how", {"web": 45, "kiosk": 26})
    feeder.write("proportion:studytypes", {"current": 9, "total": 30}, "PG", "T")
    election(server, config(feeder, name))
    one = page()
    wait_for(lambda: len(one.events) == 1 + len(KEYS), "every stat", server)

    assert one.events == ["available", *(f"stats:{key}" for key in KEYS)]
    assert one.available == {
        "proportion": ["total", "studytypes"],
        "rolling": ["5m:total", "1h:total"],
        "timed": ["votes"],
        "other": ["totalvotes", "5m:totalvotes", "how"],
    }
    assert one.stats["proportion:total"] == {
        "name": "total",
        "data": {"current": 71, "total": 200, "proportion": 0.355, "percentage": 35.5},
        "dataPoints": {},
    }
    assert one.data("rolling:5m:total")["peakPercentage"] == 25.0
    assert one.data("rolling:1h:total")["peakProportion"] == 0
    assert one.stats["other:5m:totalvotes"]["data"] == {"totalvotes": 0}
    assert (one.data("other:totalvotes"), one.data("other:how")) == (
        {"totalvotes": 2345},
        {"web": 45, "kiosk": 26},
    )
    assert one.data("proportion:studytypes", "PG", "T")["proportion"] == 0.3
    assert [name for name, _ in one.named if name != "hb"] == ["hello"]


def test_an_update_is_told_and_a_data_point_of_later_appears(
    server: Stack, feeder: Feeder, election: Follow, page: Callable[..., Page], name: str
) -> None:
    """Whatever the message says; in the original a new data point was never seen."""
    feeder.write("proportion:studytypes", {"current": 1, "total": 10})
    election(server, config(feeder, name))
    one = page()
    wait_for(lambda: "stats:other:how" in one.events, "every stat", server)
    odd = 'A/B "~"\nß'
    feeder.write("proportion:studytypes", {"current": 2, "total": 5}, "PG", odd)
    wait_for(lambda: feeder.tell("proportion:studytypes") == 1, "a listener", server)
    wait_for(lambda: one.data("proportion:studytypes", "PG", odd) is not None, "it", server)

    assert one.data("proportion:studytypes", "PG", odd)["percentage"] == 40.0
    assert one.stats["proportion:studytypes"]["dataPoints"]["PG"]["name"] == "PG"
    assert one.data("proportion:studytypes")["current"] == 1


def test_milestones_are_told_once_and_not_what_held_at_the_start(
    server: Stack, feeder: Feeder, election: Follow, page: Callable[..., Page], name: str
) -> None:
    """Also not again after the feed was started anew, nor to a page that resumes after it."""
    feeder.write("proportion:total", {"current": 999, "total": 2000})
    following = election(server, config(feeder, name))
    one = page()
    wait_for(lambda: "stats:other:how" in one.events, "every stat", server)
    before = one.cursor
    feeder.write("proportion:total", {"current": 1000})
    feeder.tell("proportion:total")
    wait_for(lambda: bool(one.milestones), "the milestone", server)
    following.terminate()
    following.wait(90)
    feeder.write("proportion:studytypes", {"current": 1, "total": 5}, "PG", "T")
    election(server, config(feeder, name))
    wait_for(lambda: len(one.milestones) == 2, "the second one", server)
    again, late = page(cursor=before), page(cursor=one.cursor)
    wait_for(lambda: bool(again.named and late.named), "hello", server)
    wait_for(lambda: len(again.milestones) == 2, "what it missed", server)

    assert [told["message"] for told in one.milestones] == [
        "1000 voters!",
        "Every fifth taught student!",
    ]
    assert one.milestones[1]["dataPointNames"] == ["PG", "T"]
    assert one.milestones[0]["achievedWhen"].endswith("Z")
    assert again.milestones == one.milestones
    assert late.milestones == []


def test_a_page_that_comes_back_is_told_what_has_changed_and_no_more(
    server: Stack, feeder: Feeder, election: Follow, page: Callable[..., Page], name: str
) -> None:
    """Each changed stat once, as a whole, whatever happened in between."""
    election(server, config(feeder, name))
    one = page()
    wait_for(lambda: "stats:other:how" in one.events, "every stat", server)
    for n in range(1, 6):
        feeder.write("other:totalvotes", n)
        feeder.tell("other:totalvotes")
        wait_for(lambda n=n: one.data("other:totalvotes") == {"totalvotes": n}, "it", server)  # type: ignore[misc]
    again = page(cursor=next(id for id in one.ids if id))
    wait_for(lambda: len(again.events) == 2, "what it missed", server)

    assert again.events == ["available", "stats:other:totalvotes"]
    assert again.data("other:totalvotes") == {"totalvotes": 5}
    assert again.named[0][1]["sources"][name]["reason"] == "ok"


@pytest.mark.parametrize(
    ("query", "stats"),
    [
        ("?only=rolling:5m:total,other:how", ["rolling:5m:total", "other:how"]),
        ("?except=" + ",".join(KEYS[1:]), ["proportion:total"]),
    ],
)
def test_a_page_may_choose_at_the_server(
    server: Stack,
    feeder: Feeder,
    election: Follow,
    page: Callable[..., Page],
    name: str,
    query: str,
    stats: list[str],
) -> None:
    """What it did not choose is not sent, at first as later."""
    election(server, config(feeder, name))
    one, other = page(query), page()
    wait_for(lambda: len(other.stats) == len(KEYS), "every stat", server)
    feeder.write("other:totalvotes", 1)
    feeder.tell("other:totalvotes")
    wait_for(lambda: other.data("other:totalvotes") == {"totalvotes": 1}, "it", server)
    for stat in stats:
        feeder.write(stat, {"current": 1, "total": 2, "peak": 1} if "total" in stat else {"web": 3})
        feeder.tell(stat)
    wait_for(lambda: len(one.sizes) == 2 * len(stats), "changes", server)

    assert list(one.stats) == stats


def test_a_week_of_buckets_costs_some_hundred_bytes_a_change(
    server: Stack, feeder: Feeder, election: Follow, page: Callable[..., Page], name: str
) -> None:
    """2,029 buckets: all of them to a page of old, one to a page that takes patches."""
    now = datetime.now(UTC)
    start, end = iso(now - timedelta(days=1)), iso(now + timedelta(days=6))
    election(server, config(feeder, name, start=start, end=end))
    old, new = page("?only=timed:votes"), page("?only=timed:votes&changes=patch")
    rows = Page(server.url, f"/api/v1/sources/{name}/events?channels=timed:votes")
    native = _sizes(rows)
    wait_for(lambda: bool(old.sizes and new.sizes), "the series", server)
    bucket = str(int(now.timestamp()) // 300)
    for n in range(1, 4):
        feeder.write("timed:votes", {bucket: n}, "300")
        feeder.tell("timed:votes")
        wait_for(lambda n=n: new.data("timed:votes", "300")[bucket] == n, "it", server)  # type: ignore[misc]
        wait_for(lambda n=n: old.data("timed:votes", "300")[bucket] == n, "it", server)  # type: ignore[misc]
    wait_for(lambda: len(native) >= 3, "native changes", server)
    wait_for(lambda: new.stats == old.stats, "the same stats", server)  # a minute may have passed
    rows.close()

    assert len(old.data("timed:votes", "300")) == 2029
    assert min(old.sizes) > 20_000
    assert (new.events[1], new.events[-1]) == ("stats:timed:votes", "patch:timed:votes")
    assert min(new.sizes[1:]) < 150
    assert min(native) < 100


def _sizes(page: Page) -> list[int]:
    """The sizes of native changes, as they come."""
    sizes: list[int] = []

    def listen(said: Any, size: int) -> None:
        del said
        sizes.append(size)

    page._take = listen  # type: ignore[method-assign]
    page.start()
    return sizes

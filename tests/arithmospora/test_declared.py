"""A source that computes its stats itself, told in the words of the programme."""

from __future__ import annotations

from typing import Any

import httpx

from tests import races
from tests.arithmospora.reader import Page, opened
from tests.stack import Stack, wait_for

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {"ballot": {"uid": ["voter"], "fields": {"voter": "text", "study": "text"}}},
    "stats": [
        {"name": "other_how", "kind": "count", "by": ["study"]},
        {"name": "rolling_5m_total", "kind": "rolling", "over_s": 300, "peak": True},
        {"name": "lately", "kind": "rolling", "over_s": 3600},
        {"name": "timed_votes", "kind": "timed", "every_s": [60]},
        {
            "name": "three",
            "kind": "milestone",
            "stat": "other_how",
            "figure": "count",
            "key": "PG",
            "target": 3,
            "message": "Three!",
        },
    ],
}


def ballots(first: int, last: int) -> list[dict[str, Any]]:
    """One every ten seconds, alternately of two kinds of study."""
    return [
        {"voter": str(n), "study": "PG" if n % 2 else "UG", "at_ms": 1_488_542_400_000 + n * 10_000}
        for n in range(first, last)
    ]


def is_folded(server: Stack, source: str) -> bool:
    """Whether all that was reported is published."""
    listed = httpx.get(f"{server.url}/api/v1/sources").json()["sources"]
    known = next(one for one in listed if one["source"] == source)
    return bool(known["folded"] == known["newest"])


def test_pages_of_old_follow_a_source_that_is_declared(server: Stack, source: str) -> None:
    """The name or the kind of a stat says what it is called; groups are data points."""
    address = f"{server.url}/api/v1/sources/{source}"
    httpx.put(address, json=DECLARED).raise_for_status()
    races.post(server.url, source, ballots(0, 4))
    wait_for(lambda: is_folded(server, source), "figures", server)
    page = opened(server.url, f"/{source}")
    wait_for(lambda: len(page.stats) == 4, "every stat", server)
    races.post(server.url, source, ballots(4, 6))
    wait_for(lambda: bool(page.milestones), "the milestone", server)
    total = "rolling:5m:total"
    wait_for(lambda: page.data(total)["current"] == 6, "the update", server)
    votes = {"24809040": 6}
    wait_for(lambda: page.data("timed:votes", "60") == votes, "its buckets", server)
    wait_for(lambda: page.data("other:how", "PG") == {"count": 3}, "its groups", server)
    page.close()

    assert page.available == {
        "rolling": ["5m:total", "1h:lately"],
        "timed": ["votes"],
        "other": ["how"],
    }
    assert page.stats["rolling:5m:total"]["name"] == "total"
    assert page.data("rolling:5m:total")["peakPercentage"] == 100.0
    assert page.milestones == [
        {
            "name": "three",
            "dataPointNames": ["PG"],
            "field": "count",
            "target": 3,
            "comparator": ">=",
            "message": "Three!",
            "achievedWhen": "2017-03-03T12:00:50.000Z",
        }
    ]


def test_a_stat_that_is_declared_later_is_told_of(server: Stack, source: str) -> None:
    """Pages come back by themselves, and hear of it in `available`."""
    address = f"{server.url}/api/v1/sources/{source}"
    httpx.put(address, json=DECLARED | {"stats": DECLARED["stats"][:1]}).raise_for_status()
    races.post(server.url, source, ballots(0, 4))
    wait_for(lambda: is_folded(server, source), "figures", server)
    page = opened(server.url, f"/{source}")
    wait_for(lambda: len(page.stats) == 1, "every stat", server)
    httpx.put(address, json=DECLARED).raise_for_status()
    wait_for(lambda: "bye" in [name for name, _ in page.named], "goodbye", server)
    again = opened(server.url, f"/{source}", page.cursor)
    wait_for(lambda: len(again.stats) == 3, "what is new", server)
    page.close()
    again.close()

    assert again.available["other"] == ["how"]
    assert again.data("timed:votes", "60") == {"24809040": 4}


def test_what_is_not_there_is_404_to_people_and_waited_for_by_pages(
    server: Stack, source: str
) -> None:
    """A status would end an EventSource for good, and the source may come."""
    typed = httpx.get(f"{server.url}/{source}")
    page = Page(server.url, f"/{source}").start()
    wait_for(lambda: bool(page.named), "goodbye", server)
    page.close()

    assert (typed.status_code, page.answer.status) == (404, 200)
    assert [(name, said["reason"]) for name, said in page.named] == [("bye", "unavailable")]

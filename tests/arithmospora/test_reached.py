"""What held before any entry is told to nobody, in whatever words."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from pitlive.arithmospora.edge.reached import milestones
from pitlive.engine.mirror import Mirror
from pitlive.engine.notices import Notices
from pitlive.kind import kind_of
from pitlive.messages import Cursor, Entry

SALE = {"fields": {"item": "text"}}
STOCK = {
    "name": "stock",
    "kind": "level",
    "by": ["item"],
    "adds": "delivery",
    "opening": {"nut": 5},
}
COUNT = {"name": "sold", "kind": "count", "by": ["item"]}


def reached(rule: dict[str, Any], stat: dict[str, Any]) -> list[tuple[list[str], int]]:
    """Which milestones are told, and how many notices there are then, entry by entry."""
    rule = {"name": "goal", "kind": "milestone", "stat": stat["name"], **rule}
    told = {
        "kind": "declared",
        "entries": {"sale": SALE, "delivery": SALE},
        "stats": [stat, rule],
        "webhooks": [
            {"name": on, "stat": "goal", "on": on, "url": "http://x/"} for on in ("both", "change")
        ],
    }
    kind = kind_of(told)
    spec = kind.spec(told)
    fold, mirror, found = kind.fold(spec), Mirror(), list[tuple[list[str], int]]()
    mirror.record(fold.rows())
    notices = Notices("shop", spec["webhooks"], 1, mirror.rows, {})
    for n in range(1, 4):
        rows = fold.outcome([Entry(f"s{n}", "sale", n, {"item": "nut"})]).rows
        notices.hold(rows)
        events = mirror.changes(rows, n)
        said = [
            one
            for event in events
            if event.channel == "goal"
            for one in milestones(event.message, rule | {"target": rule["target"]})
        ]
        decided = notices.decide(Cursor("e", n), n, n)
        mirror.record(rows)
        notices.record(decided)
        found.append((["/".join(one["dataPointNames"]) for one in said], len(decided)))
    return found


@pytest.mark.parametrize(
    ("comparator", "target"), [("<=", 100), ("<", 6), (">=", 0), ("==", 5), (">", -1)]
)
def test_what_is_opened_beyond_a_target_has_not_reached_it(comparator: str, target: float) -> None:
    """Neither at the start nor when the first entry comes; nobody is told, by no webhook."""
    rule = {"figure": "level", "comparator": comparator, "target": target}
    assert reached(rule, STOCK) == [([], 0)] * 3


def test_what_is_reached_is_told_once_in_all_words() -> None:
    """By the stream, and by each webhook."""
    rule = {"figure": "level", "comparator": "<=", "target": 3}
    assert reached(rule, STOCK) == [([], 0), (["nut"], 2), ([], 0)]


@pytest.mark.parametrize(("comparator", "target"), [("<=", 100), (">=", 0), ("==", 0)])
def test_a_row_that_begins_beyond_a_target_has_not_reached_it(
    comparator: str, target: float
) -> None:
    """Nothing sold is less than a hundred: the row is new, and says so, but none is reached."""
    rule = {"figure": "count", "comparator": comparator, "target": target}
    found = reached(rule, COUNT)

    assert [said for said, _ in found] == [[], [], []]
    assert [notices for _, notices in found] == [1, 0, 0]  # of a changed row, as declared


def test_a_message_without_times_is_of_a_run_that_went_on() -> None:
    """A patch of a row that is on already tells nothing again."""
    event = orjson.dumps({"channel": "goal", "at_ms": 1, "data": {"nut": {"value": 3}}})
    assert list(milestones(event, {"name": "goal"})) == []

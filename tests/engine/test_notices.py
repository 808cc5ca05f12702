"""What webhooks have to tell: each run of a rule once, whatever becomes of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.engine import folding, follower, mirror
from pitlive.engine.notices import Notices
from pitlive.kind import kind_of
from pitlive.messages import Cursor, Entry
from pitlive.store import entries, lease, outbox, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import KEEP_NOTICES
from pitlive.store.notice import Notice
from tests.engine.test_follower import follow, settle

HOOK = {"name": "buyer", "stat": "n", "url": "http://127.0.0.1:9/", "on": "both", "only": []}

Seen = list[tuple[bool, int]]


def row(is_on: bool, times: int) -> dict[str, Any]:
    """A row of a rule."""
    return {"is_on": is_on, "times": times}


def told(notices: Notices, seen: Seen) -> list[tuple[str, int]]:
    """The types and runs of what is told as a row of one key becomes this."""
    found: list[Notice] = []
    for is_on, times in seen:
        notices.hold({"n": {"bolt": row(is_on, times)}})
        new = notices.decide(Cursor("a", len(found)), 5, 7)
        notices.record(new)
        found += new
    assert len({one.id for one in found}) == len(found)
    return [(one.type, one.run) for one in found]


def after(seen: Seen) -> Notices:
    """A source where these rows are known."""
    rows = {"n": {"bolt": row(*seen[-1])}} if seen else {}
    return Notices("shop", [HOOK], 1, rows, {})


def course(steps: list[bool]) -> Seen:
    """The rows of a rule that is on and off like that."""
    found, is_on, times = [], False, 0
    for step in steps:
        times += step and not is_on
        is_on = step
        found.append((is_on, times))
    return found


@given(st.lists(st.booleans(), min_size=1), st.sets(st.integers(0, 60)))
def test_coalescing_loses_no_run_and_no_order(steps: list[bool], cuts: set[int]) -> None:
    """However many rows are seen of those there were, the same is told at the end."""
    seen = course(steps)
    some = [one for n, one in enumerate(seen) if n in cuts or n == len(seen) - 1]

    assert told(after([]), some) == told(after([]), seen)


def test_what_is_on_already_is_told_when_it_ends() -> None:
    """A webhook begins with what happens from then on."""
    assert told(after([(True, 3)]), [(True, 3), (False, 3), (True, 4)]) == [("off", 3), ("on", 4)]


def test_a_correction_that_takes_a_run_back_and_gives_it_again_tells_it_once() -> None:
    """A receiver that has acted on a run is not asked to act again."""
    seen = [(True, 1), (False, 0), (True, 1), (False, 1), (True, 2)]
    assert told(after([]), seen) == [("on", 1), ("off", 1), ("on", 2)]


def test_a_number_that_is_given_again_to_a_later_run_is_told() -> None:
    """A late entry has made one run of two; what comes on after it must not be forgotten."""
    notices = after([])
    found = []
    for times, is_on, began_ms in [(1, True, 5), (2, True, 50), (1, True, 5), (1, False, 5),
                                   (2, True, 90), (1, False, 5), (2, True, 90)]:  # fmt: skip
        ended = {} if is_on else {"ended_ms": 60}
        notices.hold({"n": {"bolt": row(is_on, times) | {"began_ms": began_ms} | ended}})
        found += notices.decide(Cursor("a", 0), 5, 7)
        notices.record(found)
    on = [one for one in found if one.type == "on"]

    assert [(one.run, one.moment_ms) for one in on] == [(1, 5), (2, 50), (2, 90)]
    assert len({one.id for one in found}) == len(found)


@pytest.fixture
def client(redis_url: str) -> Redis:
    """A connection to the session's Redis."""
    return connect(redis_url)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a follower take few entries at once, so that there are many places to cut."""
    monkeypatch.setattr(folding, "FOLD_BATCH", 2)
    monkeypatch.setattr(mirror, "PART", 2)
    monkeypatch.setattr(follower, "LOOK_AGAIN_MS", 1)
    return


def declare(client: Redis, source: str, **more: Any) -> None:
    """Declare orders by item, and maybe more."""
    spec: dict[str, Any] = {
        "kind": "declared",
        "entries": {"order": {"fields": {"item": "text"}}},
        "stats": [{"name": "n", "kind": "count", "by": ["item"]}],
    }
    sources.declare(client, source, kind_of(spec).spec(spec | more))


def order(client: Redis, source: str, *items: str) -> None:
    """Report orders."""
    known = entries.count(client, source)
    made = [Entry(f"{known + n}", "order", 5, {"item": i}) for n, i in enumerate(items)]
    entries.append(client, source, made, 0)


def waiting(client: Redis, source: str) -> list[Notice]:
    """What is in the outbox."""
    return [notice for notice, _ in outbox.waiting(client, source, 0)]


CHANGE = {"name": "buyer", "stat": "n", "url": "http://127.0.0.1:9/", "on": "change"}


def test_an_engine_cut_off_anywhere_tells_each_change_once(client: Redis, source: str) -> None:
    """What is told stands in the outbox when it is published, and not before or after."""
    declare(client, source, webhooks=[CHANGE])
    follow(client, source, "first", 2)
    for n in range(12):
        order(client, source, "bolt")
        follow(client, source, f"engine{n}", n % 3)
    follow(client, source, "last", 5)
    counts = [orjson.loads(one.body)["data"]["row"]["count"] for one in waiting(client, source)]

    assert counts == sorted(set(counts))
    assert counts[-1] == 12


def test_a_new_webhook_and_a_log_folded_again_tell_nothing_old(client: Redis, source: str) -> None:
    """Only what happens after it was declared, also if all figures change."""
    declare(client, source)
    order(client, source, "bolt", "bolt", "nut")
    settle(client, source, "one")
    declare(client, source, webhooks=[CHANGE])
    settle(client, source, "two")
    stat = {"name": "n", "kind": "count", "by": ["item"], "where": "item == 'nut'"}
    declare(client, source, webhooks=[CHANGE], stats=[stat])
    settle(client, source, "three")
    assert waiting(client, source) == []

    order(client, source, "nut")
    settle(client, source, "four")
    assert [(one.key, one.type) for one in waiting(client, source)] == [("nut", "change")]


def test_what_readers_are_shown_later_is_told_by_the_engine_that_folded_it(
    client: Redis, source: str
) -> None:
    """A stat that waits for quiet keeps no receiver waiting, nor forgets one with its engine."""
    stat = {"name": "n", "kind": "count", "by": ["item"], "quiet_ms": 60_000}
    declare(client, source, webhooks=[CHANGE], stats=[stat])
    follow(client, source, "one", 2)
    for item in "ab":
        order(client, source, item)
        follow(client, source, f"engine {item}", 3)

    assert [one.key for one in waiting(client, source)] == ["a", "b"]


def test_a_new_epoch_tells_nothing_old(client: Redis, source: str) -> None:
    """When Redis lost events, readers begin anew; receivers do not."""
    declare(client, source, webhooks=[CHANGE])
    order(client, source, "bolt", "nut")
    follow(client, source, "one", 4)
    before = [one.id for one in waiting(client, source)]
    lease.restart(client, source, lease.hold(client, source, "two", 60_000) or "")
    lease.release(client, source, "two")
    order(client, source, "screw")
    follow(client, source, "three", 6)

    assert sources.meta(client, source).cursor.seq > 0
    assert [one.key for one in waiting(client, source)[len(before) :]] == ["screw"]


def test_an_outbox_that_is_full_gives_up_what_is_new_and_forgets_nothing_that_waits(
    client: Redis, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finds no room is dead at once, with the reason, and can be sent again."""
    monkeypatch.setattr("pitlive.store.publish.KEEP_NOTICES", 2)
    declare(client, source, webhooks=[CHANGE])
    follow(client, source, "one", 1)
    for item in "abcde":
        order(client, source, item)
        follow(client, source, f"engine {item}", 3)
    dead = outbox.listed(client, source, "dead", 0, 10)

    assert [one.key for one in waiting(client, source)] == ["a", "b"]
    assert [(one.key, told.reason) for one, told in dead] == [
        (key, f"more than {KEEP_NOTICES} notices wait") for key in "ed"
    ]
    assert client.hlen(f"pitlive:{{{source}}}:notices") == 4

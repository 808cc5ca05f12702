"""Time without entries: what falls and what begins though nothing happens."""

from __future__ import annotations

import re
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from pitlive.engine.clock import EventClock
from pitlive.engine.follower import Follower
from pitlive.kind import kind_of
from pitlive.messages import Entry
from pitlive.store import entries, events, lease, sources
from pitlive.store.client import connect
from tests.declared import laws

DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {"fact": {"fields": laws.FIELDS}},
    "stats": [{"name": "last", "kind": "rolling", "over_s": 1}],
}


def test_a_rolling_figure_falls_while_nothing_happens(redis_url: str, source: str) -> None:
    """The engine enters a tick when it is due, readers are told, and then there is no more."""
    client = connect(redis_url)
    sources.declare(client, source, DECLARED)
    now_ms = time.time_ns() // 1_000_000
    entries.append(client, source, [Entry("a", "fact", now_ms, {"n": 1})], now_ms)

    def told() -> list[Any]:
        return [orjson.loads(e.message)["data"] for e in events.events(client, source, 0, 100)]

    def has_fallen() -> bool:
        counts = [changed[""].get("current") for changed in told()]
        return 1 in counts and counts[-1] == 0

    follower = Follower(
        client, source, lease.hold(client, source, "e", 60_000) or "", keep=100, coalesce_ms=0
    )
    thread = threading.Thread(target=follower.run, args=(lambda _: None,))
    thread.start()
    try:
        until(has_fallen)  # it may have been 1 for a moment only
    finally:
        follower.stopping = True
        thread.join()
    logged = entries.read(client, source, "0-0", 100)
    assert [entry.type for entry in logged] == ["fact", "tick"]
    assert told()[-1] == {"": {"current": 0, "proportion": 0.0, "percentage": 0.0}}


def test_an_archive_is_not_disturbed_by_the_time_of_today() -> None:
    """Entries that were heard long after they happened: no tick, whatever is due."""
    clock = EventClock()
    clock.hear(at_ms=1_300_000_000_000, seen_ms=1_700_000_000_000)

    assert clock.tick(due_ms=1_300_000_001_000, wall_ms=1_700_000_000_500) is None


def test_a_live_source_has_one_tick_a_second_at_most() -> None:
    """Also when the fold is due again at once, and when the last entry is a day ago."""
    clock, day_ms = EventClock(), 86_400_000
    clock.hear(at_ms=5_000, seen_ms=5_000)
    ticks = [clock.tick(due_ms=6_000, wall_ms=day_ms + ms) for ms in (0, 400, 999, 1000)]

    assert [tick and tick.at_ms for tick in ticks] == [day_ms, None, None, day_ms + 1000]


def until(is_so: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_the_examples_of_the_reference_are_declarations() -> None:
    """Each is taken as it stands, by a source that has its fields."""
    page = Path(__file__).parents[2].joinpath("docs", "stats.md").read_text()
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    fields = {"fields": {"state": "text", "item": "text", "votes": "integer"}}
    for example in examples:
        told = {"kind": "declared", "entries": {"order": fields, "delivery": fields}}
        spec = kind_of(told).spec({**told, **tomllib.loads(example)})
        assert spec["stats"][0]["kind"] in ("rolling", "timed", "window", "level", "spike")
    assert len(examples) == 5


def test_the_end_of_the_stream_closes_what_has_begun() -> None:
    """A flush tells the window that is open; what comes for it later is late."""
    stat = {"name": "it", "kind": "window", "over_s": 10}
    facts = [Entry(uid, "fact", 5_000, {}) for uid in "ab"]
    flush = Entry("flush/9000", "flush", 9_000, {})
    row = {"from": 0, "to": 10_000, "count": 1}

    assert laws.folded(stat, [facts[:1]]) == {}
    assert laws.folded(stat, [[facts[0], flush]]) == {"0": row | {"late": 0}}
    late = {"late": 1, "late_uids": ["b"]}
    assert laws.folded(stat, [[facts[0], flush, facts[1]]]) == {"0": row | late}


def test_a_bucket_keeps_its_sum_while_one_batch_takes_from_it_and_adds() -> None:
    """A bucket of one fact that is retracted, beside a new one, in one batch."""
    stat = {"name": "it", "kind": "timed", "every_s": [60], "of": "n"}
    old, new = (Entry(uid, "fact", 5_000, {"n": n}) for uid, n in (("a", 2), ("b", 3)))
    fleeting = Entry("c", "fact", 5_000, {"n": 7})
    out = Entry("out", "retract", 6_000, {}, 1, "c", retract=True)

    assert laws.folded(stat, [[old], [fleeting, out, new]]) == {"60/0": 5}

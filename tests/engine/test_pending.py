"""When held changes are told: the schedule with a clock moved by hand, and a real engine."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pitlive.engine.follower import Follower
from pitlive.engine.pending import HoldPolicy, Pending
from pitlive.kind import kind_of
from pitlive.messages import Cursor, Entry
from pitlive.store import entries, events, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.snapshot import snapshot
from tests.stack import wait_for

SPEC = {
    "kind": "declared",
    "entries": {"vote": {"fields": {"how": "text"}}},
    "stats": [
        {"name": "held", "kind": "count", "quiet_ms": 60_000, "latest_ms": 60_000},
        {"name": "calm", "kind": "count", "quiet_ms": 100},
        {"name": "live", "kind": "count"},
    ],
}


@given(
    st.integers(0, 300) | st.none(),
    st.integers(0, 900),
    st.lists(st.integers(0, 400), min_size=1, max_size=30),
)
def test_changes_are_told_when_it_is_quiet_or_at_the_latest(
    quiet_ms: int | None, latest_ms: int, steps: list[int]
) -> None:
    """Publish at min(last change + quiet, first change since the last publish + latest)."""
    pending = Pending({"votes": HoldPolicy(quiet_ms, latest_ms)})
    now_ms, held, told = 0, list[int](), list[tuple[int, Any]]()
    expected: list[tuple[int, Any]] = []
    for n, step in enumerate([*steps, 10_000]):
        for _ in range(step):  # the clock, a millisecond at a time
            if rows := pending.drain(now_ms):
                told.append((now_ms, rows))
            quiet = [held[-1] + quiet_ms] if held and quiet_ms is not None else []
            if held and now_ms >= min([held[0] + latest_ms, *quiet]):
                expected.append((now_ms, {"votes": {"": n - 1}}))
                held = []
            now_ms += 1
        if n < len(steps):
            pending.hold({"votes": {"": n}}, now_ms)
            held.append(now_ms)
    assert told == expected
    assert told[-1][1] == {"votes": {"": len(steps) - 1}}
    assert pending.due_ms is None


def test_a_channel_without_patience_never_waits_for_another() -> None:
    """Only what is due is told; of the rest the newest is kept."""
    pending = Pending({"slow": HoldPolicy(50, 100)})
    pending.hold({"slow": {"a": 1, "b": 1}, "fast": {"a": 1}}, 1000)
    assert pending.due_ms == 1000
    assert pending.drain(1000) == {"fast": {"a": 1}}
    pending.hold({"slow": {"b": None}, "fast": {"a": 2}}, 1040)
    assert pending.drain(1089) == {"fast": {"a": 2}}
    assert pending.drain(1090) == {"slow": {"a": 1, "b": None}}


@pytest.fixture
def client(redis_url: str, source: str) -> Redis:
    """A connection to the session's Redis, where `source` is declared."""
    client = connect(redis_url)
    sources.declare(client, source, kind_of(SPEC).spec(SPEC))
    return client


class Engine:
    """An engine of one source, in a thread of its own."""

    def __init__(self, client: Redis, source: str) -> None:
        token = lease.hold(client, source, "one", 60_000) or ""
        self.follower = Follower(client, source, token, keep=1000, coalesce_ms=0)
        self._reached = Event()
        self._thread = Thread(target=self.follower.run, args=(self._note,))
        self._thread.start()

    def _note(self, _: Cursor) -> None:
        self._reached.set()

    def stop(self) -> None:
        """Stop as if it were told to: what it holds is gone with it."""
        self.follower.stopping = True
        self._thread.join()


def state(client: Redis, source: str) -> dict[str, int]:
    """The counts that a new reader is given."""
    rows = snapshot(client, source).decode()
    return {name: row[""]["count"] for name, row in rows.items() if row}


def test_what_an_engine_held_back_is_told_by_the_next(client: Redis, source: str) -> None:
    """Nothing is lost by a restart, though the entries were folded already."""
    engine = Engine(client, source)
    for n in range(3):
        entries.append(client, source, [Entry(str(n), "vote", n, {"how": "web"})], 0)
    try:
        wait_for(lambda: state(client, source) == {"live": 3, "calm": 3}, "counts but one")
    finally:
        engine.stop()
    assert sources.meta(client, source).folded != "0-0"

    engine = Engine(client, source)
    try:
        told = {"live": 3, "calm": 3, "held": 3}
        wait_for(lambda: state(client, source) == told, "what was held")
    finally:
        engine.stop()
    said = [event.channel for event in events.events(client, source, 0, 1000)]
    assert said.count("held") == 1
    assert said[-1] == "held"

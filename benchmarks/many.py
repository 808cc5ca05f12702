"""A thousand sources on one engine: folded, idle, taken over; and figures that wait for quiet."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.path import cpu_s
from benchmarks.report import Figure
from pitlive.kind import kind_of
from pitlive.messages import Entry
from pitlive.store import announcements, engines, entries, lease, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import key
from tests import races
from tests.stack import Stack, wait_for

COUNT = int(os.environ.get("PITLIVE_MANY", "1000"))
"""Sources."""

IDLE_S = 10.0
"""How long an idle engine is looked at."""

FIRINGS = int(os.environ.get("PITLIVE_FIRINGS", "100"))

QUIET_MS = 200

COUNTED: dict[str, Any] = {
    "kind": "declared",
    "entries": {"vote": {"fields": {"to": "text"}}},
    "stats": [{"name": "calm", "kind": "count", "quiet_ms": QUIET_MS, "latest_ms": 1000}],
}


def run(_: list[dict[str, Any]], __: dict[str, Any], runs: int) -> list[Figure]:
    """Measure on stacks of their own."""
    folded = Figure(f"{COUNT} sources folded after their only entry", "s", against="aim: 10 s")
    start = Figure("start of an engine, CPU an idle source", "ms", against="aim: 10 ms")
    idle = Figure("idle engine", "% of a core", against="aim: 5 %")
    memory = Figure("idle engine, memory a source", "KB", against="aim: 200 KB")
    taken = Figure(f"{COUNT} sources taken over after kill -9", "s", against="aim: 5 s")
    quiet = Figure(f"quiet_ms = {QUIET_MS} on an idle Redis, furthest off", "ms", against="25 ms")
    for _n in range(runs):
        stack = Stack(engines=2, forked=False)
        try:
            client = connect(stack.start("redis").redis_url)
            _one_run(stack, client, folded, start, idle, memory, taken)
            off = _firings(client, stack)
            quiet.add(max(abs(ms) for ms in off), got=len(off), want=FIRINGS)
        finally:
            stack.stop()
    return [folded, start, idle, memory, taken, quiet]


def _one_run(stack: Stack, client: Redis, *figures: Figure) -> None:
    folded, start, idle, memory, taken = figures
    stack.start("engine")
    time.sleep(1.0)
    bare_kb, names = _memory_kb(stack, "engine"), [f"s{n:05}" for n in range(COUNT)]
    for name in names:
        sources.declare(client, name, races.KINDS_QUIET)
        given = {"type": "lap", "car": "1", "lap": 1, "at_ms": 60_000}
        entries.append(client, name, races.checked([given]), 0)
    began = time.monotonic()
    wait_for(lambda: not sources.waiting(client, names), "folding", stack, every_s=0.02)
    folded.add(time.monotonic() - began, got=_folded(client, names), want=COUNT)
    time.sleep(3.0)
    cpu = cpu_s(stack.pid("engine"))
    time.sleep(IDLE_S)
    followed = len(_held(client, names))
    idle.add(100 * (cpu_s(stack.pid("engine")) - cpu) / IDLE_S, got=followed, want=COUNT)
    memory.add((_memory_kb(stack, "engine") - bare_kb) / COUNT, got=followed, want=COUNT)

    stack.start("engine2")
    time.sleep(2.0)
    bare = cpu_s(stack.pid("engine2"))
    stack.kill("engine")
    began = time.monotonic()
    wait_for(
        lambda: len(set(lease.holders(client, names).values())) == 1, "leases", stack, every_s=0.02
    )
    _report(client, names[-1])
    wait_for(lambda: not sources.waiting(client, names), "folding", stack, every_s=0.02)
    followed = len(_held(client, names))
    taken.add(time.monotonic() - began, got=followed, want=COUNT)
    time.sleep(IDLE_S)
    start.add(1000 * (cpu_s(stack.pid("engine2")) - bare) / COUNT, got=followed, want=COUNT)


def _folded(client: Redis, names: list[str]) -> int:
    return len(names) - len(sources.waiting(client, names))


def _held(client: Redis, names: list[str]) -> set[str]:
    """The sources that a living engine has."""
    living = engines.living(client)
    return {name for name, holder in lease.holders(client, names).items() if holder in living}


def _report(client: Redis, name: str) -> None:
    given = {"type": "lap", "car": "1", "lap": 2, "at_ms": 120_000}
    entries.append(client, name, races.checked([given]), 0)


def _firings(client: Redis, stack: Stack) -> list[float]:
    """How far off each figure came that was to wait for quiet [ms], by Redis's clock."""
    client.config_set("hz", 1)
    sources.declare(client, "votes", kind_of(COUNTED).spec(COUNTED))
    announced = client.pubsub()  # type: ignore[no-untyped-call]
    announced.subscribe(key("votes", "live"))
    off = []
    for n in range(FIRINGS + 1):
        entries.append(client, "votes", [Entry(str(n), "vote", n, {"to": "ann"})], 0)
        at_ms = int(entries.newest(client, "votes").partition("-")[0])
        while (heard := announced.get_message(timeout=60)) and heard["type"] != "message":
            pass
        off.append(announcements.heard(heard).at_us / 1000 - at_ms - QUIET_MS)
    assert median(off) < QUIET_MS, stack.log("engine")
    return off[1:]  # the first one was the state before any entry, too


def _memory_kb(stack: Stack, part: str) -> float:
    pages = int(Path(f"/proc/{stack.pid(part)}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024

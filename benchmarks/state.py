"""A large state: how long Redis is busy with one call, and how soon an engine is back.

`PITLIVE_ROWS` sets how many rows there are, 200,000 by default. What counts is the time of
the processor that Redis takes for a call: nobody else is served meanwhile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.judge import percentile
from benchmarks.report import Figure
from pitlive.engine.mirror import Mirror
from pitlive.engine.portions import Portions
from pitlive.engine.publishing import PUBLISH_BYTES, PUBLISH_ROWS
from pitlive.kind import kinds
from pitlive.messages import Entry
from pitlive.store import entries, lease, sources, walk
from pitlive.store.client import Redis, connect
from pitlive.store.publish import Publication, publish
from tests.stack import Stack, wait_for

ROWS = int(os.environ.get("PITLIVE_ROWS", "200000"))

WITHIN_S = 60 + ROWS / 1000
"""How long anything may take."""

SPEC: dict[str, Any] = {
    "kind": "declared",
    "entries": {"order": {"fields": {"item": "text"}}},
    "stats": [{"name": "items", "kind": "count", "by": ["item"]}],
}


def run(_race: list[dict[str, Any]], _declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure on private stacks."""
    aim = "aim: under 10 ms"
    portion = Figure(f"publish of {PUBLISH_ROWS:,} rows, CPU of Redis, p50", "ms", against=aim)
    worst = Figure("the same, the longest; a fork of Redis counts", "ms", against=aim)
    page = Figure(f"page of {walk.ROWS:,} rows, CPU of Redis, p50", "ms", against=aim)
    slowest = Figure(
        "the same, the longest; a fork of Redis counts", "ms", against="one HGETALL of all"
    )
    first = Figure("first page, seen by one client", "ms")
    whole = Figure(f"all {ROWS:,} rows in pages, seen by one client", "s")
    again = Figure(f"engine killed to a new entry told, {ROWS:,} rows", "s")
    for _ in range(runs):
        stack = Stack(engines=0, forked=False)
        try:
            written, read, all_ms, times = _calls(stack.start("redis"))
        finally:
            stack.stop()
        of = {"got": len(written) * PUBLISH_ROWS, "want": ROWS}
        portion.add(percentile(written, 0.5), **of)
        worst.add(max(written), **of)
        seen = {"got": times[2], "want": ROWS}
        page.add(percentile(read, 0.5), **seen)
        slowest.add(max(read), all_ms, **seen)
        first.add(times[0] * 1000, **seen)
        whole.add(times[1], **seen)
        took_s, told = _again()
        again.add(took_s, got=told, want=ROWS)
    return [portion, worst, page, slowest, first, whole, again]


def _calls(stack: Stack) -> tuple[list[float], list[float], float, tuple[float, float, int]]:
    """Publish a state and read it: the CPU of each call, of one HGETALL, and the time it took."""
    client, mirror = connect(stack.redis_url), Mirror()
    sources.declare(client, "large", SPEC)
    token = lease.hold(client, "large", "bench", 10**7) or ""
    cursor = sources.meta(client, "large").cursor
    rows = {"items": {f"item {n}": {"count": n} for n in range(ROWS)}}
    portions, written = Portions(rows, PUBLISH_ROWS, PUBLISH_BYTES), list[float]()
    while portions:
        changes, some = portions.drain(mirror, 0)
        what = Publication("0-0", changes)
        began = _cpu_ms(stack)
        cursor = publish(client, "large", token, cursor, what, 1000)
        written.append(_cpu_ms(stack) - began)
        mirror.record(some)
    read, size, place, times = list[float](), 0, None, [time.perf_counter()]
    while not read or place:
        began = _cpu_ms(stack)
        found = walk.page(client, "large", None, place)
        read.append(_cpu_ms(stack) - began)
        place, size = found.next, size + found.size
        times.append(time.perf_counter())
    all_ms = _spent_ms(stack, lambda: client.hgetall("pitlive:{large}:state:items"))
    client.close()
    return written, read, all_ms, (times[1] - times[0], times[-1] - times[0], size)


def _again() -> tuple[float, int]:
    """Return how long a killed engine's successor takes, and of how many rows."""
    stack = Stack(engines=1, forked=False)
    try:
        stack.start("redis")
        client = connect(stack.redis_url)
        sources.declare(client, "large", kinds()["declared"].spec(SPEC))
        for start in range(0, ROWS, 10_000):
            _append(client, range(start, min(ROWS, start + 10_000)))
        stack.start("engine")
        wait_for(lambda: _folded(client) == ROWS, "all rows", stack, WITHIN_S, every_s=0.02)
        told = client.hlen("pitlive:{large}:state:items")
        stack.kill("engine")
        _append(client, range(ROWS, ROWS + 1))
        began = time.perf_counter()
        stack.start("engine")
        wait_for(lambda: _folded(client) > ROWS, "a new entry", stack, WITHIN_S, every_s=0.02)
        took_s = time.perf_counter() - began
        client.close()
        return took_s, int(told)  # type: ignore[arg-type]
    finally:
        stack.stop()


def _append(client: Redis, numbers: range) -> None:
    given = [Entry(f"u{n}", "order", n, {"item": f"item {n}"}) for n in numbers]
    entries.append(client, "large", given, seen_ms=0)


def _folded(client: Redis) -> int:
    return entries.place(sources.folded(client, "large"))[1]


def _spent_ms(stack: Stack, call: Callable[[], object]) -> float:
    began = _cpu_ms(stack)
    call()
    return _cpu_ms(stack) - began


def _cpu_ms(stack: Stack) -> float:
    """Return what the thread of Redis that runs commands has had of a processor so far."""
    pid = stack.pid("redis")
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e6

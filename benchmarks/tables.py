"""A table of 50,000 × 10: what a page costs, how soon a change is there, and doing all again."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

import httpx
import numpy as np

from benchmarks.judge import percentile, rate
from benchmarks.report import Figure
from pitlive.messages import Entry
from pitlive.store import announcements
from pitlive.store.client import connect
from pitlive.tables.fold import TableState
from pitlive.tables.validation import read
from tests.stack import Stack, wait_for

ROWS, COLUMNS = 50_000, 10
SPEC: dict[str, Any] = {
    "kind": "table",
    "rows": ROWS,
    "columns": [{"name": f"c{n}", "start": {"type": "random", "seed": n}} for n in range(COLUMNS)],
}
PAGES = 1000
CHANGES = 100
ADDS = 2000
AGAIN = 10_000
"""Operations of a log that is done again."""

APART_S = 0.03
"""Between two changes: longer than a publish waits for the one before."""


def run(_race: list[dict[str, Any]], _declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure a table on a private stack, and its fold in this process."""
    server = Figure("page of 50 × 10, server time, mean", "ms", against="aim: under 1 ms")
    page = Figure("page of 50 × 10, seen by one client, p50", "ms", against="GET /healthz")
    column = Figure("POST of an operation on 50,000 cells to announced, p50", "ms")
    worst = Figure("the same, p99", "ms", against="aim: under 10 ms")
    answer = Figure("the same to its answer: done, readable, p50", "ms")
    cell = Figure("POST of a cell to announced, p50", "ms")
    adds = Figure("fold: add to 50,000 cells", "operations/s", against="bare numpy")
    again = Figure(f"fold: {AGAIN:,} mixed operations again", "s")
    stack = Stack(forked=False).start()
    try:
        for n in range(runs):
            url = _table(stack, f"table{n}")
            took_ms, pages = _server_ms(stack, url)
            server.add(took_ms, got=pages, want=PAGES)
            seen = _seen_ms(f"{url}/rows?offset=100&limit=50")
            bare = _seen_ms(f"{stack.url}/healthz")
            page.add(percentile(seen, 0.5), percentile(bare, 0.5), got=len(seen), want=PAGES)
            heard, answered = _changes(stack, url, {"type": "add", "column": 3, "k": 1})
            of = {"got": len(heard), "want": CHANGES}
            column.add(percentile(heard, 0.5), **of)
            worst.add(percentile(heard, 0.99), **of)
            answer.add(percentile(answered, 0.5), got=len(answered), want=CHANGES)
            heard, _ = _changes(stack, url, {"type": "cell", "column": 3, "row": 7, "value": 1})
            cell.add(percentile(heard, 0.5), got=len(heard), want=CHANGES)
    finally:
        stack.stop()
    for _ in range(runs):
        per_s, done = _adds()
        adds.add(per_s, _bare(), got=done, want=ADDS)
        took_s, done = _again()
        again.add(took_s, got=done, want=AGAIN)
    return [server, page, column, worst, answer, cell, adds, again]


def _table(stack: Stack, source: str) -> str:
    url = f"{stack.url}/api/v1/sources/{source}"
    httpx.put(url, json=SPEC).raise_for_status()
    wait_for(lambda: httpx.get(f"{url}/rows").status_code == 200, "table", stack)
    return url


def _server_ms(stack: Stack, url: str) -> tuple[float, int]:
    """What the server counts for a page, between the request and the answer, and of how many."""
    before = _counted(stack)
    with httpx.Client() as client:
        for n in range(PAGES):
            ask = {"offset": n * 37 % ROWS, "limit": 50}
            client.get(f"{url}/rows", params=ask).raise_for_status()
    seconds, pages = (now - then for now, then in zip(_counted(stack), before, strict=True))
    return rate(seconds, pages) * 1000, int(pages)


def _counted(stack: Stack) -> tuple[float, float]:
    time.sleep(1.1)  # what it says may be a second old
    metrics = httpx.get(f"{stack.url}/api/v1/status").json()["metrics"]["pitlive_request_seconds"]
    pages = [one for one in metrics if one["labels"]["route"].endswith("/rows")]
    return sum(one["sum"] for one in pages), sum(one["count"] for one in pages)


def _seen_ms(url: str) -> list[float]:
    taken = []
    with httpx.Client() as client:
        for _ in range(PAGES):
            began = time.perf_counter()
            client.get(url).raise_for_status()
            taken.append((time.perf_counter() - began) * 1000)
    return taken


_uids = count()


def _changes(stack: Stack, url: str, change: dict[str, Any]) -> tuple[list[float], list[float]]:
    """From the POST to the announcement in Redis, and to the answer, of each change [ms]."""
    ear = announcements.listen(connect(stack.redis_url))
    ear.subscribe(announcements.live(url.rpartition("/")[2]))
    wait_for(lambda: bool(ear.get_message(timeout=1)), "subscription", stack)
    heard, answered = [], []
    with httpx.Client() as client:
        for _ in range(CHANGES):
            before = _version(client, url)
            began = time.time()
            clock = time.perf_counter()
            entry = change | {"uid": f"b{next(_uids)}"}
            said = client.post(f"{url}/entries", json=entry).json()
            answered.append((time.perf_counter() - clock) * 1000)
            assert said["folded"], said
            assert _version(client, url) == before + 1
            message = ear.get_message(timeout=1)
            heard.append(announcements.heard(message).at_us / 1000 - began * 1000)
            time.sleep(APART_S)
    ear.close()
    return heard, answered


def _version(client: httpx.Client, url: str) -> int:
    page = client.get(f"{url}/rows?limit=1&columns=3").json()
    return int(page["columns"]["3"]["version"])


def _adds() -> tuple[float, int]:
    """Operations a second, and how many the cells say were done."""
    state = TableState(read(SPEC))
    state.rows()
    batch = [Entry(f"a{n}", "add", n, {"column": n % 10, "k": 1}) for n in range(ADDS)]
    began = time.perf_counter()
    state.apply(batch)
    took_s = time.perf_counter() - began
    return rate(len(batch), took_s), _version_of(state)


def _bare() -> float:
    columns = [np.zeros(ROWS, np.int64) for _ in range(COLUMNS)]
    began = time.perf_counter()
    for n in range(ADDS):
        columns[n % COLUMNS] += 1
    return ADDS / (time.perf_counter() - began)


def _again() -> tuple[float, int]:
    """What an engine does with the log when it starts [s], and how many changes that were."""
    done: list[dict[str, Any]] = [
        {"type": "add", "k": 1},
        {"type": "affine", "a": 3, "b": 1, "m": 1009},
        {"type": "fill", "v": 5},
        {"type": "cell", "row": 17, "value": 9},
    ]
    batch = []
    for n in range(AGAIN):
        data = {"column": n % COLUMNS, **done[n % len(done)]}
        batch.append(Entry(f"a{n}", data.pop("type"), n, data))
    state = TableState(read(SPEC))
    began = time.perf_counter()
    state.apply(batch)
    return time.perf_counter() - began, _version_of(state)


def _version_of(state: TableState) -> int:
    """How many changes were done: each raises the version of its column."""
    return sum(column.version for column in state.columns)

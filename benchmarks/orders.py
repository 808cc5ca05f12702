"""Orders through all of PitLive: a minute of them, from the log and over HTTP, checked exactly."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.pool import ThreadPool
from typing import Any

import httpx
import numpy as np
import orjson

from benchmarks.judge import rate
from benchmarks.path import cpu_s
from benchmarks.report import Figure
from benchmarks.sources import DECLARED, FEW, MANY, orders
from pitlive.store import lease, sources
from pitlive.store.client import connect
from pitlive.store.keys import key
from tests.stack import Stack, wait_for

ORDERS = int(os.environ.get("PITLIVE_ORDERS", 2_000_000))
"""A minute of event time."""

A_POST = 10_000
"""Orders a request, about a megabyte."""

FEEDS = int(os.environ.get("PITLIVE_FEEDS", 4))
"""Connections they come over: one alone leaves the server waiting for the next."""

AIM_S, AIM_PER_S = 10.0, 200_000.0
PARTS = ("client", "web", "redis", "engine")


def run(_race: list[dict[str, Any]], _declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure with few items and with many."""
    return [figure for items in (FEW, MANY) for figure in _run(items, runs)]


def _run(items: int, runs: int) -> list[Figure]:
    much = f"{ORDERS / 1e6:g} M orders, {items:,} items"
    logged = Figure(f"{much}: from the log to the state", "s", against="aim")
    posted = Figure(f"{much}: from HTTP to the state", "s", against="aim")
    fast = Figure(f"{items:,} items: HTTP to state", "entries/s", against="aim")
    spent = {part: Figure(f"{items:,} items: CPU of {part}", "µs/entry") for part in PARTS}
    room = Figure(f"{items:,} items: memory of Redis", "bytes/entry")
    for n in range(runs):
        stack = Stack(forked=False).start()
        try:
            took_s, used = _post(stack, f"posted{n}", items)
            of = {"got": _counted(stack, f"posted{n}"), "want": ORDERS}
            posted.add(took_s, AIM_S, **of)
            fast.add(rate(ORDERS, took_s), AIM_PER_S, **of)
            for part, cpu in used.items():
                spent[part].add(cpu / ORDERS * 1e6, **of)
            room.add(_memory(stack, f"posted{n}") / ORDERS, **of)
            took_s = _refold(stack, f"posted{n}", items)
            logged.add(took_s, AIM_S, got=_counted(stack, f"posted{n}"), want=ORDERS)
        finally:
            stack.stop()
    return [logged, posted, fast, *spent.values(), room]


def _post(stack: Stack, source: str, items: int) -> tuple[float, dict[str, float]]:
    """Post all orders, and wait until they are in the state; return seconds, and CPU seconds."""
    httpx.put(f"{stack.url}/api/v1/sources/{source}", json=DECLARED).raise_for_status()
    pids = {"web": stack.workers()[0], "redis": _redis_pid(stack), "engine": stack.pid("engine")}
    spawn = get_context("spawn")
    ready, result = spawn.Event(), spawn.Queue()
    go = spawn.Event()
    args = (f"{stack.url}/api/v1/sources/{source}/entries", items, ready, go, result)
    client = spawn.Process(target=_client, args=args)
    client.start()
    assert ready.wait(300)
    before = {part: cpu_s(pid) for part, pid in pids.items()}
    began = time.perf_counter()
    go.set()
    cpu_client, last = result.get()
    _wait_folded(stack, source, last)
    took_s = time.perf_counter() - began
    used = {part: cpu_s(pid) - before[part] for part, pid in pids.items()}
    client.join()
    _is_exact(stack, source, items)
    return took_s, {"client": cpu_client, **used}


def _client(url: str, items: int, ready: Any, go: Any, result: Any) -> None:
    """Post the orders over so many connections, each made before."""
    random = np.random.default_rng(1)
    bodies = [
        orjson.dumps(list(orders(random, start, A_POST, items)))
        for start in range(0, ORDERS, A_POST)
    ]
    headers = {"Content-Type": "application/json"}
    with httpx.Client(headers=headers, timeout=60) as client, ThreadPool(FEEDS) as feeds:
        ready.set()
        go.wait()
        began = time.process_time()
        said = feeds.map(lambda body: client.post(url, content=body).json(), bodies, 1)
        newest = max((one["last"] for one in said), key=lambda id: int(id.partition("-")[2]))
        result.put((time.process_time() - began, newest))
    assert sum(one["accepted"] for one in said) == ORDERS


def _refold(stack: Stack, source: str, items: int) -> float:
    """Forget the state, and return how long an engine that starts takes to have it again [s]."""
    stack.kill("engine")
    client = connect(stack.redis_url)
    last = sources.meta(client, source).folded
    client.delete(key(source, "lease"))
    token = lease.hold(client, source, "benchmark", 60_000) or ""
    lease.restart(client, source, token)
    lease.release(client, source, "benchmark")
    began = time.perf_counter()
    stack.start("engine")
    _wait_folded(stack, source, last)
    took_s = time.perf_counter() - began
    _is_exact(stack, source, items)
    return took_s


def _wait_folded(stack: Stack, source: str, last: str) -> None:
    client = connect(stack.redis_url)
    wait_for(lambda: sources.meta(client, source).folded == last, "folding", stack, every_s=0.02)


def _is_exact(stack: Stack, source: str, items: int) -> None:
    """Compare the published state with a plain computation of the same orders."""
    random, columns = np.random.default_rng(1), list[list[Any]]()
    for start in range(0, ORDERS, A_POST):
        columns += ([*order.values()] for order in orders(random, start, A_POST, items))
    _, _, item, quantity, price, country, express = zip(*columns, strict=True)
    state = httpx.get(f"{stack.url}/api/v1/sources/{source}/state", timeout=60).json()["channels"]
    names, of = np.unique(np.array(item), return_inverse=True)
    counts, sold = np.bincount(of), np.bincount(of, np.array(quantity)).astype(int)
    _same(state["orders"], names, count=counts)
    _same(state["sold"], names, count=counts, sum=sold, mean=sold / counts)
    names, of = np.unique(np.array(country), return_inverse=True)
    counts = np.bincount(of)
    cents = np.bincount(of, np.rint(np.array(price) * 100)).astype(int)
    _same(state["prices"], names, count=counts, sum=cents / 100, mean=cents / (100 * counts))
    _same(state["express"], names, current=np.bincount(of, np.array(express)), total=counts)


def _counted(stack: Stack, source: str) -> int:
    """How many orders the published state counts."""
    state = httpx.get(f"{stack.url}/api/v1/sources/{source}/state", timeout=60).json()["channels"]
    return sum(row["count"] for row in state["orders"].values())


def _same(rows: dict[str, Any], names: Sequence[str], **want: Any) -> None:
    assert rows.keys() == set(names)
    for figure, values in want.items():
        assert [rows[name][figure] for name in names] == values.tolist(), figure


def _redis_pid(stack: Stack) -> int:
    return int(connect(stack.redis_url).info("server")["process_id"])


def _memory(stack: Stack, source: str) -> float:
    client = connect(stack.redis_url)
    parts = ("entries", "uids", "facts")
    sizes = (client.memory_usage(key(source, p), samples=1000) or 0 for p in parts)
    return float(sum(sizes))

"""Quick readers of a declared source: 20,000 connect, hear hello, and leave. Nothing may stay."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from benchmarks.judge import rate
from benchmarks.report import Figure
from benchmarks.sources import DECLARED
from pitlive.store.client import connect
from tests.stack import Stack, wait_for

READERS, AT_ONCE = 20_000, 50
WARM = 40_000
"""Readers before anything is counted: the allocator keeps what the first crowds needed."""


def run(_race: list[dict[str, Any]], _declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure what is left of them in the web worker and in Redis."""
    files = Figure("quick readers: open files left", "files", against="aim: 0")
    heard = Figure("quick readers: subscriptions left", "channels", against="aim: 0")
    memory = Figure("quick readers: memory of the worker grown", "KB")
    quick = Figure("quick readers, one client", "connections/s")
    for _ in range(runs):
        stack = Stack(forked=False).start()
        try:
            httpx.put(f"{stack.url}/api/v1/sources/shop", json=DECLARED).raise_for_status()
            _come_and_go(stack, WARM)
            before = _left(stack)
            began = time.perf_counter()
            came = _come_and_go(stack, READERS)
            took_s = time.perf_counter() - began
            of = {"got": came, "want": READERS}
            quick.add(rate(came, took_s), **of)
            after = _left(stack)
            for figure, now, then in zip((files, heard, memory), after, before, strict=True):
                figure.add(now - then, **of)
        finally:
            stack.stop()
    return [files, heard, memory, quick]


def _come_and_go(stack: Stack, readers: int) -> int:
    """Return how many were greeted, of so many that come and leave."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        greeted = sum(pool.map(lambda _: _greeted(stack.port), range(readers)))
    wait_for(lambda: _open(stack) == 0, "end of the streams", stack)
    return greeted


def _open(stack: Stack) -> float:
    lines = httpx.get(f"{stack.url}/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("pitlive_streams{"))


def _greeted(port: int) -> bool:
    request = b"GET /api/v1/sources/shop/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as reader:
        reader.sendall(request)
        said = b""
        while b"event: hello" not in said:
            if not (piece := reader.recv(4096)):
                return False
            said += piece
    return True


def _left(stack: Stack) -> tuple[int, int, int]:
    """Open files, subscriptions, and resident memory [KB]."""
    (worker,) = stack.workers()
    files = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    channels: Any = connect(stack.redis_url).pubsub_channels()
    status = Path(f"/proc/{worker}/status").read_text()
    return files, len(channels), int(status.split("VmRSS:")[1].split()[0])

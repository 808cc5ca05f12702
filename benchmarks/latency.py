"""From publish to a browser: real Chromium, an EventSource, and the race at 20 times."""

from __future__ import annotations

import shutil
import threading
import time
from typing import Any

import httpx
import redis
from playwright.sync_api import sync_playwright

from benchmarks.judge import percentile
from benchmarks.report import Figure
from pitlive.store import announcements
from pitlive.store.client import connect
from tests import races
from tests.stack import Stack, wait_for

SPEED = 20.0
FROM_MS = 1_300_000
"""A green run at 22 minutes, before the first caution and through its stops."""

LENGTH_S = 30.0

SETTLED_S = 1.0
"""After which nothing is on its way: the page hears every event that is counted, or fails."""

LISTEN = """source => {
  window.heard = {};
  const stream = new EventSource(`/api/v1/sources/${source}/events`);
  stream.onmessage = e => {
    window.heard[e.lastEventId] = performance.timeOrigin + performance.now();
  };
}"""


def run(race: list[dict[str, Any]], declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure from the announcement in Redis to the listener in the page."""
    p50 = Figure("publish to browser at 20×, p50", "ms", against="a bare pub/sub hop")
    p99 = Figure("publish to browser at 20×, p99", "ms", against="a bare pub/sub hop")
    stack = Stack(forked=False).start()
    try:
        for n in range(runs):
            httpx.put(f"{stack.url}/api/v1/sources/latency{n}", json=declared).raise_for_status()
            heard, bare, published = _measure(stack, f"latency{n}", race)
            of = {"got": len(heard), "want": published}
            p50.add(percentile(heard, 0.5), percentile(bare, 0.5), **of)
            p99.add(percentile(heard, 0.99), percentile(bare, 0.99), **of)
    finally:
        stack.stop()
    return [p50, p99]


def _measure(
    stack: Stack, source: str, race: list[dict[str, Any]]
) -> tuple[list[float], list[float], int]:
    """How long each event took [ms], how long a bare message, and how many were published."""
    before = [entry for entry in race if entry["at_ms"] < FROM_MS]
    races.post(stack.url, source, before)
    published: dict[str, float] = {}
    ear = _ear(stack, source, published)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        page.goto(f"{stack.url}/healthz")
        page.evaluate(LISTEN, source)
        time.sleep(SETTLED_S)
        published.clear()
        _feed(stack, source, race)
        time.sleep(SETTLED_S)
        heard = page.evaluate("window.heard")
        browser.close()
    ear.set()
    both = [heard[id] - at for id, at in published.items() if id in heard]
    return both, _bare_hop(stack), len(published)


def _ear(stack: Stack, source: str, published: dict[str, float]) -> threading.Event:
    """Note when each event is announced, in a thread, until the returned event is set."""
    listening, done = announcements.listen(connect(stack.redis_url)), threading.Event()
    listening.subscribe(announcements.live(source))

    def listen() -> None:
        while not done.is_set():
            message = listening.get_message(timeout=0.5)
            now = time.time() * 1000
            if message and message["type"] == "message":
                said = announcements.heard(message)
                for seq in range(said.after.seq + 1, said.last.seq + 1):
                    published[f"{said.last.epoch}.{seq}"] = now

    threading.Thread(target=listen, daemon=True).start()
    return done


def _feed(stack: Stack, source: str, race: list[dict[str, Any]]) -> None:
    """Post every entry when it is due."""
    until_ms = FROM_MS + LENGTH_S * SPEED * 1000
    due = [entry for entry in race if FROM_MS <= entry["at_ms"] < until_ms]
    began = time.perf_counter()
    for entry in due:
        at_s = (entry["at_ms"] - FROM_MS) / 1000 / SPEED
        time.sleep(max(0.0, at_s - (time.perf_counter() - began)))
        races.post(stack.url, source, [entry])


def _bare_hop(stack: Stack) -> list[float]:
    """What a pub/sub message alone takes from one connection to another."""
    client = redis.Redis.from_url(stack.redis_url)
    ear = client.pubsub()
    ear.subscribe("bare")
    taken = []
    wait_for(lambda: bool(ear.get_message(timeout=1)), "subscription", stack)
    for _ in range(500):
        began = time.perf_counter()
        client.publish("bare", "x" * 300)
        while not ear.get_message(timeout=1):
            pass
        taken.append((time.perf_counter() - began) * 1000)
    ear.close()
    return taken

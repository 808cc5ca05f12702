"""The path of the real race: HTTP ingest and engine, as fast as it can be fed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
import redis

from benchmarks.judge import rate
from benchmarks.report import Figure
from tests import races
from tests.stack import Stack, wait_for

BATCH = 1000
ONE_BY_ONE = 1500
"""Entries posted singly: enough for a steady rate."""


def run(race: list[dict[str, Any]], declared: dict[str, Any], runs: int) -> list[Figure]:
    """Measure ingest and engine on a private stack."""
    batched = Figure("HTTP ingest, batches of 1,000", "entries/s", against="bare XADD, pipelined")
    single = Figure("HTTP ingest, one by one, one client", "entries/s", against="bare GET /healthz")
    engine = Figure("engine, whole race, CPU", "s", against="race")
    wall = Figure("first POST to last figure published", "s", against="race")
    events = Figure("events published", "events")
    driven = {(entry["car"], entry["lap"]) for entry in race if entry["type"] == "lap"}
    stack = Stack(forked=False).start()
    try:
        for n in range(runs):
            taken, per_s = _batched(stack, f"batched{n}", race)
            batched.add(per_s, _bare_xadd(stack, race), got=taken, want=len(race))
            taken, per_s = _singly(stack, f"single{n}", race)
            single.add(per_s, _bare_get(stack), got=taken, want=ONE_BY_ONE)
            length_s = race[-1]["at_ms"] / 1000
            cpu, took, count, laps = _engine(stack, f"engine{n}", race, declared)
            of = {"got": laps, "want": len(driven)}
            engine.add(cpu, length_s, **of)
            wall.add(took, length_s, **of)
            events.add(count, **of)
    finally:
        stack.stop()
    return [batched, single, engine, wall, events]


def _batched(stack: Stack, source: str, race: list[dict[str, Any]]) -> tuple[int, float]:
    bodies = [b"\n".join(map(orjson.dumps, batch)) for batch in races.batches(race, BATCH)]
    with httpx.Client(headers={"Content-Type": "application/x-ndjson"}) as client:
        began = time.perf_counter()
        taken = sum(_post(client, stack, source, body) for body in bodies)
        took = time.perf_counter() - began
    return taken, rate(taken, took)


def _singly(stack: Stack, source: str, race: list[dict[str, Any]]) -> tuple[int, float]:
    bodies = [orjson.dumps(entry) for entry in race[:ONE_BY_ONE]]
    with httpx.Client(headers={"Content-Type": "application/json"}) as client:
        began = time.perf_counter()
        taken = sum(_post(client, stack, source, body) for body in bodies)
        took = time.perf_counter() - began
    return taken, rate(taken, took)


def _post(client: httpx.Client, stack: Stack, source: str, body: bytes) -> int:
    answer = client.post(f"{stack.url}/api/v1/sources/{source}/entries", content=body, timeout=60)
    return int(answer.raise_for_status().json()["accepted"])


def _bare_get(stack: Stack) -> float:
    with httpx.Client() as client:
        began = time.perf_counter()
        for _ in range(ONE_BY_ONE):
            client.get(f"{stack.url}/healthz").raise_for_status()
        return ONE_BY_ONE / (time.perf_counter() - began)


def _bare_xadd(stack: Stack, race: list[dict[str, Any]]) -> float:
    """What Redis takes of the same bytes when nothing is checked."""
    client = redis.Redis.from_url(stack.redis_url)
    bodies = [orjson.dumps(entry) for entry in race]
    began = time.perf_counter()
    for start in range(0, len(bodies), BATCH):
        pipe = client.pipeline(transaction=False)
        for body in bodies[start : start + BATCH]:
            pipe.xadd("bare", {"d": body})
        pipe.execute()
    took = time.perf_counter() - began
    client.delete("bare")
    return len(bodies) / took


def _engine(
    stack: Stack, source: str, race: list[dict[str, Any]], declared: dict[str, Any]
) -> tuple[float, float, int, int]:
    """CPU seconds of the engine, wall seconds until all is published, the events, and the laps."""
    url = f"{stack.url}/api/v1/sources/{source}"
    httpx.put(url, json=declared).raise_for_status()
    before, began = cpu_s(stack.pid("engine")), time.perf_counter()
    for batch in races.batches(race, BATCH):
        last = races.post(stack.url, source, batch)["last"]
    wait_for(lambda: _about(stack, source)["folded"] == last, "folding", stack, every_s=0.02)
    took, cpu = time.perf_counter() - began, cpu_s(stack.pid("engine")) - before
    events = int(_about(stack, source)["cursor"].split(".")[1])
    return cpu, took, events, _laps_published(stack, source)


def _about(stack: Stack, source: str) -> dict[str, Any]:
    known = httpx.get(f"{stack.url}/api/v1/sources").json()["sources"]
    return next(one for one in known if one["source"] == source)


def _laps_published(stack: Stack, source: str) -> int:
    """How many laps of how many cars stand in the log of events."""
    client = redis.Redis.from_url(stack.redis_url)
    laps: set[tuple[str, str]] = set()
    for _, fields in client.xrange(f"pitlive:{{{source}}}:events"):
        if fields[b"c"].startswith(b"laps/"):
            said = orjson.loads(fields[b"m"])
            laps |= {(said["channel"][5:], lap) for lap in said["data"]}
    return len(laps)


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used [s]."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

"""A declared source under fire: many workers that repeat themselves, and Redis away.

`pytest tests/faults/test_declared.py --fault-runs 20 --away-s 10` is the long form of the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from pitlive.store import entries, sources
from pitlive.store.client import Redis, connect
from tests.checker import Checker
from tests.faults.test_faults import away
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

QUEUES = ("order", "delivery", "return", "count")
WORKERS, SENT_BY, EACH = 10, 3, 400
"""Workers, how many of them send each entry, and entries a queue."""

MOST_CPU = 0.05
"""Of a core, while there is nothing to be done but to look whether Redis is back."""

FIELDS = {"item": "text", "quantity": {"type": "number", "decimals": 1}}
DECLARED: dict[str, Any] = {
    "kind": "declared",
    "entries": {queue: {"fields": FIELDS} for queue in QUEUES},
    "stats": [
        {"name": queue, "kind": "mean", "entries": queue, "of": "quantity", "by": ["item"]}
        for queue in QUEUES
    ]
    + [{"name": "lately", "kind": "rolling", "over_s": 1}],
}


def declare(stack: Stack, source: str) -> str:
    """Declare the source; return where its entries are posted."""
    url = f"{stack.url}/api/v1/sources/{source}"
    httpx.put(url, json=DECLARED).raise_for_status()
    return f"{url}/entries"


def test_workers_that_repeat_each_other_end_in_exact_totals(
    struck: Stack, source: str, request: pytest.FixtureRequest
) -> None:
    """Ten processes, four queues, each entry sent by three, some twice: every one counts once."""
    for run in range(request.config.getoption("--fault-runs")):
        random, name = Random(run), f"{source}-{run}"
        queued = [_queued(queue, n, random) for queue in QUEUES for n in range(EACH)]
        url = declare(struck, name)
        workers = [_start(url, share, random) for share in _shares(queued, random)]
        assert [worker.wait(300) for worker in workers] == [0] * WORKERS

        with connect(struck.redis_url) as client:
            wait_for(lambda: _is_folded(client, name), "folding", struck)  # noqa: B023
            assert entries.count(client, name) == len(queued)
        state = httpx.get(url.replace("/entries", "/state")).json()["channels"]
        assert {queue: state[queue] for queue in QUEUES} == _totals(queued)


def _queued(queue: str, n: int, random: Random) -> dict[str, Any]:
    quantity = random.randrange(1, 100) / 10
    item = f"i{random.randrange(20)}"
    return {"type": queue, "uid": f"{queue}/{n}", "at_ms": n, "item": item, "quantity": quantity}


def _shares(queued: list[dict[str, Any]], random: Random) -> list[list[dict[str, Any]]]:
    """What each worker sends, in an order of its own."""
    shares: list[list[dict[str, Any]]] = [[] for _ in range(WORKERS)]
    for entry in queued:
        for worker in random.sample(range(WORKERS), SENT_BY):
            shares[worker].append(entry)
    for share in shares:
        random.shuffle(share)
    return shares


def _start(url: str, share: list[dict[str, Any]], random: Random) -> subprocess.Popen[bytes]:
    """Start a worker that posts its share in batches of any size, and is cut off now and then."""
    batches = []
    while share:
        size = random.randrange(1, 100)
        batches.append(share[:size])
        share = share[size:]
    told = {"url": url, "batches": batches, "cut": random.sample(range(len(batches)), 2)}
    script = Path(__file__).with_name("worker.py")
    worker = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE)
    assert worker.stdin
    worker.stdin.write(json.dumps(told).encode())
    worker.stdin.close()
    return worker


def _is_folded(client: Redis, source: str) -> bool:
    return sources.meta(client, source).folded == entries.newest(client, source)


def _totals(queued: list[dict[str, Any]]) -> dict[str, Any]:
    """The state by a plain computation, in tenths."""
    tenths: dict[str, dict[str, list[int]]] = {queue: {} for queue in QUEUES}
    for entry in queued:
        of = tenths[entry["type"]].setdefault(entry["item"], [])
        of.append(round(entry["quantity"] * 10))
    return {
        queue: {
            item: {"count": len(of), "sum": sum(of) / 10, "mean": sum(of) / (10 * len(of))}
            for item, of in items.items()
        }
        for queue, items in tenths.items()
    }


@pytest.mark.parametrize("gone", [False, True], ids=["stands_still", "is_gone"])
def test_while_redis_is_away_a_declared_source_waits_and_then_goes_on(
    struck: Stack,
    source: str,
    gone: bool,
    request: pytest.FixtureRequest,
) -> None:
    """No process spins, though figures are due; nothing acknowledged is lost, no stat is dead."""
    url, taken = declare(struck, source), 0
    wait_for(lambda: len(struck.workers()) == 2, "web workers", struck)
    away_s = request.config.getoption("--away-s")
    reader = Checker(struck.url, source, retry_ms=100).start()
    wait_for(lambda: bool(reader.reasons), "greeting", struck)
    taken += _post(url, taken)
    wait_for(lambda: "lately" in reader.state, "state", struck)
    spent: dict[str, float] = {}

    def is_calm() -> bool:
        """Whether all rest, as soon as they have done what they were at when Redis went."""
        before = _cpu_s(struck)
        time.sleep(away_s)  # this is the fault, not a wait
        spent.update({who: used - before[who] for who, used in _cpu_s(struck).items()})
        print(spent)  # shown where nobody comes to rest
        return max(spent.values()) <= MOST_CPU * away_s

    with away(struck, gone):
        wait_for(is_calm, "rest", struck)
    taken += _post(url, taken)

    def is_told() -> bool:
        rows = reader.state
        counted = sum(row["count"] for row in rows.get("order", {}).values())
        return counted == taken and rows["lately"][""]["total"] == taken

    wait_for(lambda: is_told() and reader.state["lately"][""]["current"] == 0, "state", struck)
    reader.stop()

    assert reader.faults == []
    request.node.user_properties.append(("cpu_s", spent))  # --junit-xml shows them


def _post(url: str, start: int) -> int:
    """Post some orders of this moment until they are acknowledged; return how many."""
    now_ms = time.time_ns() // 1_000_000
    batch = [
        {"uid": f"o{n}", "at_ms": now_ms, "item": f"i{n % 3}", "quantity": 1}
        for n in range(start, start + 20)
    ]
    while httpx.post(url, json=batch, timeout=60).status_code != 200:
        time.sleep(0.05)
    return len(batch)


def _cpu_s(stack: Stack) -> dict[str, float]:
    """Processor time that each web worker and engine has used."""
    pids = {f"web {pid}": pid for pid in stack.workers()}
    pids |= {part: stack.pid(part) for part in ("engine", "engine2")}
    used = {}
    for who, pid in pids.items():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used[who] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used

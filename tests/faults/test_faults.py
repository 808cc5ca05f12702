"""Pull the plug: fifty readers, a race going by, and something that dies in the middle.

Every reader must end in the state of an undisturbed run, have seen every event once and in
order, and have come back by itself where it was cut off.

`pytest tests/faults --fault-runs 10 --fault-race real` is the long form of the same.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import httpx
import pytest
import redis

from tests import races
from tests.checker import Checker
from tests.stack import Stack, wait_for

READERS = 50
POSTS = 150
"""Batches that a race is fed in, a few dozen milliseconds apart."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


def kill_engine(stack: Stack, random: Random) -> None:
    """Kill -9 the engine that holds the source, or the other one; it comes back later."""
    engine = random.choice(["engine", "engine2"])
    stack.kill(engine)
    stack.start(engine)


def kill_worker(stack: Stack, random: Random) -> None:
    """Kill -9 one web worker; the arbiter starts another."""
    with suppress(ProcessLookupError, IndexError):  # one that just died is not there yet
        os.kill(random.choice(stack.workers()), signal.SIGKILL)


def restart_redis(stack: Stack, random: Random) -> None:
    """Stop Redis, politely or not, and start it on its append-only file."""
    stack.kill("redis", random.choice([signal.SIGTERM, signal.SIGKILL]))
    time.sleep(random.uniform(0, 0.5))
    stack.start("redis")


def drop_pubsub(stack: Stack, random: Random) -> None:
    """Cut every pub/sub connection; what is announced meanwhile is never heard."""
    redis.Redis.from_url(stack.redis_url).execute_command("CLIENT", "KILL", "TYPE", "pubsub")


Fault = Callable[[Stack, Random], None]
FAULTS: list[Fault] = [kill_engine, kill_worker, restart_redis, drop_pubsub]


def feed(stack: Stack, source: str, given: list[dict[str, Any]]) -> None:
    """Feed a race as a feed does: what was not acknowledged is posted again."""
    for batch in races.batches(given, max(1, len(given) // POSTS)):
        accepted = False
        while not accepted:
            with suppress(httpx.HTTPError):  # refused, cut or away: the same batch again
                races.post(stack.url, source, batch)
                accepted = True
            time.sleep(0.03)


@pytest.fixture
def race(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """The race to feed: made up, or the real one."""
    if request.config.getoption("--fault-race") == "real":
        return races.real(request.getfixturevalue("data_dir"))
    return races.small(40, 50)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_reader_ends_as_if_nothing_had_happened(
    stack: Callable[..., Stack],
    race: list[dict[str, Any]],
    fault: Fault,
    request: pytest.FixtureRequest,
) -> None:
    """No event is missed or repeated, and nobody has to reload."""
    expected = races.canonical(races.state(races.checked(race)))
    running = stack(engines=2, workers=2, lease_ms=1000, heartbeat_s=2)
    for run in range(request.config.getoption("--fault-runs")):
        disturbed(running, f"race{run}", race, fault, expected, Random(run))


def disturbed(
    stack: Stack,
    source: str,
    race: list[dict[str, Any]],
    fault: Fault,
    expected: bytes,
    random: Random,
) -> None:
    """One run: readers, a feed, and the fault three times in its middle."""
    races.post(stack.url, source, race[:1])
    readers = [Checker(stack.url, source).start() for _ in range(READERS)]
    wait_for(lambda: all(reader.reasons for reader in readers), "greetings", stack)
    feeding = threading.Thread(target=feed, args=(stack, source, race))
    feeding.start()
    for _ in range(3):
        time.sleep(random.uniform(0.3, 1.5))
        fault(stack, random)
    feeding.join()

    for reader in readers:
        wait_for(lambda: races.canonical(reader.state) == expected, "state", stack)  # noqa: B023
        reader.stop()
    assert [reader.faults for reader in readers] == [[]] * READERS
    assert {reason for reader in readers for reason in reader.reasons[1:]} <= {"ok"}
    assert {reader.reasons[0] for reader in readers} <= {"fresh", "unknown"}


def test_a_full_redis_refuses_and_keeps_what_it_has(stack: Callable[..., Stack]) -> None:
    """Out of memory is said with 503 and a time to come back, and nothing old is evicted."""
    running = stack()
    races.post(running.url, "race", races.small(3, 5))
    client = redis.Redis.from_url(running.redis_url)
    client.config_set("maxmemory", "1mb")
    url = f"{running.url}/api/v1/sources/race/entries"
    refused = httpx.post(url, json={"type": "note", "uid": "n", "text": "x"})
    client.config_set("maxmemory", "0")

    assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
    assert httpx.post(url, json={"type": "note", "uid": "n", "text": "x"}).json()["accepted"] == 1
    assert len(httpx.get(url).json()["entries"]) == len(races.small(3, 5)) + 1


def test_a_worker_whose_hub_breaks_is_replaced(stack: Callable[..., Stack]) -> None:
    """An announcement that nobody could have made breaks the hub, and readers go on elsewhere."""
    running, given = stack(drain_s=0), races.small(6, 20)
    races.post(running.url, "race", given[:50])
    (worker,) = running.workers()
    reader = Checker(running.url, "race").start()
    wait_for(lambda: bool(reader.state), "state", running)
    redis.Redis.from_url(running.redis_url).publish("pitlive:{race}:live", "garbage")
    wait_for(lambda: worker not in running.workers(), "new worker", running)
    feed(running, "race", given[50:])
    want = races.canonical(races.state(races.checked(given)))
    wait_for(lambda: races.canonical(reader.state) == want, "state", running)
    reader.stop()

    assert reader.faults == []
    assert set(reader.reasons[1:]) == {"ok"}

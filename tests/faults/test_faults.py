"""Pull the plug: thirty readers, a race going by, and something that dies in the middle.

Every reader must have every event once and in order, and end in the state of an undisturbed
run, by itself; nothing that was acknowledged may be lost.

`pytest tests/faults --fault-runs 10 --fault-race real` is the long form of the same.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import redis

from tests import races
from tests.checker import Checker
from tests.faults.scene import PAUSE_S, REFUSED, Scene, Writer
from tests.stack import Stack, wait_for

AWAY_S = 10.0

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

Strike = Callable[[Scene, Random], None]


def kill_engines(scene: Scene, random: Random) -> None:
    """Kill -9 both engines in turn, so that whoever holds the sources; each comes back later."""
    for engine in random.sample(["engine", "engine2"], 2):
        scene.stack.restart(engine)
        scene.feed(1 / 2)


def kill_workers(scene: Scene, random: Random) -> None:
    """Kill -9 both web workers in turn, so that whoever has the readers; new ones are started."""
    scene.wait(lambda: len(scene.stack.workers()) == 2, "web workers")
    workers = random.sample(scene.stack.workers(), 2)
    for worker, share in zip(workers, (1 / 2, 3 / 4), strict=True):
        os.kill(worker, signal.SIGKILL)
        scene.feed(share)


def kill_web(scene: Scene, random: Random) -> None:
    """Kill -9 the server's first process; its workers end with it, and it comes back."""
    scene.stack.restart("web")
    scene.counts_anew()
    scene.feed(1 / 2)


def end_redis(scene: Scene, random: Random) -> None:
    """Stop Redis politely, and start it on its append-only file."""
    scene.stack.restart("redis", signal.SIGTERM)


def kill_redis(scene: Scene, random: Random) -> None:
    """Kill -9 Redis, and start it on its append-only file."""
    scene.stack.restart("redis", signal.SIGKILL)


def cut_pubsub(scene: Scene, random: Random) -> None:
    """Cut every pub/sub connection, twice; what is announced meanwhile is never heard."""
    client = redis.Redis.from_url(scene.stack.redis_url)
    for share in (1 / 2, 3 / 4):
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        scene.feed(share)


BACK = {"replays ok"}
HEARD_AGAIN = {"resubscriptions"}
WEB_WAITS = {"redis_away_seconds"}
ENGINES_WAIT = {"engine_redis_away_seconds"}
FOLDED_AGAIN = {"engine_followers_ended"}
FILLED = {"repairs resubscribe"}
"""Moved only if something was announced while nobody listened."""

STRIKES: list[tuple[Strike, set[str], set[str]]] = [
    (kill_workers, BACK, REFUSED),
    (kill_web, BACK, REFUSED),
    (end_redis, HEARD_AGAIN | WEB_WAITS | FOLDED_AGAIN, ENGINES_WAIT | FILLED),
    (kill_redis, HEARD_AGAIN | WEB_WAITS | FOLDED_AGAIN, ENGINES_WAIT | FILLED),
    (cut_pubsub, HEARD_AGAIN, FILLED | WEB_WAITS),  # cut again while it connects, it waits
]
"""What is struck, what of it must be counted, and what may be besides."""


@pytest.fixture
def race(request: pytest.FixtureRequest) -> list[dict[str, Any]] | None:
    """The race to feed: made up, or the real one."""
    if request.config.getoption("--fault-race") == "real":
        return races.real(request.getfixturevalue("data_dir"))
    return None


@pytest.mark.parametrize(
    ("strike", "moves", "may"), STRIKES, ids=[strike.__name__ for strike, _, _ in STRIKES]
)
def test_every_reader_ends_as_if_nothing_had_happened(
    struck: Stack,
    scene: Callable[..., Scene],
    race: list[dict[str, Any]] | None,
    strike: Strike,
    moves: set[str],
    may: set[str],
    request: pytest.FixtureRequest,
) -> None:
    """No event is missed or repeated, nobody is given the state anew, and nothing is lost."""
    for run in range(request.config.getoption("--fault-runs")):
        _is_not_noticed(scene(struck, big=race), strike, Random(run), moves, may)


def test_no_reader_notices_that_engines_are_killed(
    stack: Callable[..., Stack],
    scene: Callable[..., Scene],
    race: list[dict[str, Any]] | None,
    request: pytest.FixtureRequest,
) -> None:
    """The same with leases that end soon, which a living engine may lose as well if it is slow."""
    running = stack(engines=2, workers=2, lease_ms=2000, heartbeat_s=1, drain_s=1, stall_s=300)
    for run in range(request.config.getoption("--fault-runs")):
        here, may = scene(running, big=race), {"engine_leases_lost"}
        _is_not_noticed(here, kill_engines, Random(run), set(), may)


def _is_not_noticed(
    here: Scene, strike: Strike, random: Random, moves: set[str], may: set[str]
) -> None:
    here.begin()
    strike(here, random)
    here.check(moves, may)

    assert here.reasons <= {"ok"}
    assert here.byes <= {"unavailable"}


@pytest.mark.parametrize(
    ("gone", "moves", "may"),
    [
        # Followers wait for its answer; whose patience ends before begins again.
        (False, ENGINES_WAIT, FOLDED_AGAIN | WEB_WAITS | HEARD_AGAIN | FILLED | REFUSED),
        (True, ENGINES_WAIT | FOLDED_AGAIN | WEB_WAITS | HEARD_AGAIN | REFUSED, FILLED),
    ],
    ids=["stands_still", "is_gone"],
)
def test_while_redis_is_away_readers_stay_and_writers_are_told(
    struck: Stack, scene: Callable[..., Scene], gone: bool, moves: set[str], may: set[str]
) -> None:
    """Ten seconds without Redis: heartbeats go on, nothing spins, posts end in 503 or success.

    Nothing spins: refusing a feed and waiting take less of the processor than taking the feed,
    were its posts only as far apart as its pauses are: a busy machine stretches them.
    """
    here = scene(struck)
    here.begin()
    ended = [len(reader.ends) for reader in here.readers]
    posts, before_s = here.writer.answers[200], cpu_s(struck)
    here.wait(lambda: here.writer.answers[200] >= posts + 30, "posts")
    taking = (cpu_s(struck) - before_s) / ((here.writer.answers[200] - posts) * PAUSE_S)
    with away(struck, gone):
        beats = [reader.beats for reader in here.readers]
        late = Checker(struck.url, here.one, retry_ms=100).start()
        began, before_s = time.monotonic(), cpu_s(struck)
        time.sleep(AWAY_S)  # this is the fault, not a wait
        waiting = (cpu_s(struck) - before_s) / (time.monotonic() - began)
        heard = list(zip(here.readers, beats, strict=True))
        here.wait(lambda: all(r.beats - n >= AWAY_S / 2 for r, n in heard), "heartbeats")
        if gone:
            here.wait(lambda: bool(late.byes), "refusal of a reader")
            here.wait(lambda: 503 in here.writer.answers, "refusal of a post")
        ends = [len(reader.ends) for reader in here.readers]
    here.readers.append(late)
    here.check(moves, may)

    assert ends == ended
    assert waiting < taking
    assert set(here.writer.answers) <= {200, 503}
    assert 503 in here.writer.answers or not gone
    assert {bye["reason"] for bye in late.byes} <= {"unavailable"}
    assert set(late.reasons) == {"fresh"}


@contextmanager
def away(stack: Stack, gone: bool) -> Iterator[None]:
    """Be without Redis: stopped where it stands, or killed until the end."""
    if gone:
        stack.kill("redis")
        yield
        stack.start("redis")
        return
    os.kill(stack.pid("redis"), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(stack.pid("redis"), signal.SIGCONT)


def cpu_s(stack: Stack) -> float:
    """Processor time that the web workers and engines have used."""
    pids = [*stack.workers(), stack.pid("engine"), stack.pid("engine2")]
    ticks = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    return sum(int(t[11]) + int(t[12]) for t in ticks) / os.sysconf("SC_CLK_TCK")


def test_when_redis_forgets_everything_readers_are_told(
    struck: Stack, scene: Callable[..., Scene]
) -> None:
    """FLUSHALL begins a new epoch, and every reader ends like one who has just come."""
    here = scene(struck)
    here.begin()
    redis.Redis.from_url(struck.redis_url).flushall()
    here.feed(1 / 2)
    here.write_again()
    by_chance = {"replays unknown", "replays ok", "engine_leases_lost"} | FOLDED_AGAIN | REFUSED
    here.check({"streams_ended epoch", "replays epoch"}, by_chance)

    assert "epoch" in here.byes
    assert all("epoch" in reader.reasons for reader in here.readers)
    assert here.reasons <= {"epoch", "unknown", "ok"}


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
    races.declare_quiet(running.url, "race")
    races.post(running.url, "race", given[:50])
    (worker,) = running.workers()
    reader = Checker(running.url, "race").start()
    wait_for(lambda: bool(reader.state), "state", running)
    redis.Redis.from_url(running.redis_url).publish("pitlive:{race}:live", "garbage")
    wait_for(lambda: worker not in running.workers(), "new worker", running)
    writer = Writer(running.url, {"race": given[50:]})
    writer.run()
    want = races.canonical(races.state(races.checked(given)))
    wait_for(lambda: races.canonical(reader.state) == want, "state", running)
    reader.stop()

    assert reader.faults == []
    assert set(reader.reasons[1:]) == {"ok"}

"""Redis refuses, in every way that may pass: 503 with the reason, nothing ends, nothing is lost.

Each refusal is caused in a real server while a feed runs and thirty readers listen. What a
server of one's own cannot be brought to say is put to `refusals.passing` as text, in
`tests/store/test_refusals.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
import redis

from pitlive.store import sources
from pitlive.store.client import connect
from tests import races
from tests.faults.scene import REFUSED, Scene
from tests.stack import Stack, free_port, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

Refusing = Callable[[redis.Redis], Iterator[None]]

MANY = "~* &* +@all"
"""What a user may that may all, besides the password."""


def full(admin: redis.Redis) -> Iterator[None]:
    """It has reached its maxmemory."""
    admin.config_set("maxmemory", "1mb")
    yield
    admin.config_set("maxmemory", "0")


def without_replicas(admin: redis.Redis) -> Iterator[None]:
    """It takes writes only while a replica follows it, and none does."""
    admin.config_set("min-replicas-to-write", 1)
    yield
    admin.config_set("min-replicas-to-write", 0)


def demoted(admin: redis.Redis) -> Iterator[None]:
    """It was made a replica, of a primary that cannot be reached; reads are served."""
    admin.execute_command("REPLICAOF", "127.0.0.1", free_port())
    yield
    admin.execute_command("REPLICAOF", "NO", "ONE")


def orphaned(admin: redis.Redis) -> Iterator[None]:
    """The same, and what it has is too old to be read."""
    admin.config_set("replica-serve-stale-data", "no")
    yield from demoted(admin)
    admin.config_set("replica-serve-stale-data", "yes")


def forbidding(admin: redis.Redis) -> Iterator[None]:
    """Its access list forbids to run scripts."""
    admin.execute_command("ACL", "SETUSER", "default", "-evalsha", "-eval", "-subscribe")
    yield
    admin.execute_command("ACL", "SETUSER", "default", "+evalsha", "+eval", "+subscribe")


def asking_for_a_password(admin: redis.Redis) -> Iterator[None]:
    """Its users are being reloaded: for a while nobody is who they were."""
    admin.execute_command("ACL", "SETUSER", "default", "resetpass", ">secret")
    admin.execute_command("CLIENT", "KILL", "USER", "default", "SKIPME", "yes")
    yield
    admin.execute_command("ACL", "SETUSER", "default", "nopass")


def crowded(admin: redis.Redis) -> Iterator[None]:
    """It takes no further connection."""
    admin.config_set("maxclients", 1)
    admin.execute_command("CLIENT", "KILL", "USER", "default", "SKIPME", "yes")
    yield
    admin.config_set("maxclients", 10_000)


def busy(admin: redis.Redis) -> Iterator[None]:
    """A script of somebody else does not end."""
    admin.config_set("busy-reply-threshold", 5)
    other = redis.Redis(connection_pool=admin.connection_pool)

    def loop() -> None:
        with suppress(redis.ResponseError):  # it is killed in the end
            other.eval("while true do end", 0)

    thread = threading.Thread(target=loop)
    thread.start()
    yield
    admin.execute_command("SCRIPT", "KILL")
    thread.join()
    admin.config_set("busy-reply-threshold", 5000)


REFUSALS: list[tuple[Refusing, str]] = [
    (full, "redis: full, it has reached maxmemory (OOM)"),
    (without_replicas, "redis: it takes no writes, for too few replicas follow it (NOREPLICAS)"),
    (demoted, "redis: a read-only replica (READONLY)"),
    (orphaned, "redis: a replica that has lost its primary (MASTERDOWN)"),
    (forbidding, "redis: its access list forbids a command (NOPERM)"),
    (asking_for_a_password, "redis: it asks for a password (NOAUTH)"),
    (crowded, "redis: it has no room for another connection (maxclients)"),
    (busy, "redis: busy with a script that takes long (BUSY)"),
]
"""How a server is brought to refuse, and what is said of it."""

MAY_MOVE = {
    "redis_away_seconds",
    "engine_redis_away_seconds",
    "engine_followers_ended",
    "engine_leases_lost",
    "resubscriptions",
    "repairs resubscribe",
    "repairs look",
    "repairs gap",
    "replays ok",
    "streams_ended unavailable",
}


@pytest.fixture
def admin(stack: Callable[..., Stack]) -> Iterator[tuple[Stack, redis.Redis]]:
    """A stack with all its parts, and a connection to its Redis that is never refused."""
    running = stack(engines=2, workers=2, courier=True, lease_ms=2000, heartbeat_s=1, drain_s=1)
    with _admin(running) as client:
        yield running, client


@contextmanager
def _admin(running: Stack) -> Iterator[redis.Redis]:
    default = redis.Redis.from_url(running.redis_url)
    default.execute_command("ACL", "SETUSER", "boss", "on", ">boss", *MANY.split())
    default.close()
    options = {"username": "boss", "password": "boss", "single_connection_client": True}
    options["socket_timeout"] = 600  # a script that does not end is one of the refusals
    with redis.Redis.from_url(running.redis_url, **options) as client:
        yield client


def test_every_refusal_that_may_pass_is_waited_out(
    admin: tuple[Stack, redis.Redis], scene: Callable[..., Scene], request: pytest.FixtureRequest
) -> None:
    """503 says what is the matter; nothing ends, and all goes on by itself when it is over."""
    running, client = admin
    here = scene(running)
    here.begin()
    parts = {part: running.pid(part) for part in running.commands}
    workers = running.workers()
    strikes = REFUSALS * request.config.getoption("--fault-runs")
    for n, (refusing, words) in enumerate(strikes, 1):
        _strike(here, client, refusing, words)
        here.feed(1 / 4 + n / len(strikes) / 4)
    here.check(set(), MAY_MOVE | REFUSED)

    assert {part: running.pid(part) for part in running.commands} == parts
    assert running.workers() == workers
    assert set(here.writer.answers) == {200, 503}
    assert here.reasons <= {"ok"}


def _strike(here: Scene, admin: redis.Redis, refusing: Refusing, words: str) -> None:
    """Refuse until that is said, and a moment longer, for the others to meet it."""
    over = refusing(admin)
    next(over)
    try:
        here.wait(lambda: _said(here.stack).startswith(words), words)
        time.sleep(0.5)
    finally:
        for _ in over:
            pass


def _said(running: Stack, source: str = "probe") -> str:
    """What is said to who writes, and when to come back; empty if that was taken."""
    url = f"{running.url}/api/v1/sources/{source}/entries"
    answer = httpx.post(url, json={"type": "note", "uid": str(time.time_ns()), "text": "x"})
    if answer.status_code == 200:
        return ""
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    return str(answer.json()["detail"])


def test_slots_that_are_elsewhere_are_waited_for(stack_of: Callable[..., Stack]) -> None:
    """A node of a cluster that has lost a slot, or all, says so and has it back."""
    other, running = (stack_of(*_of_a_cluster(), parts=["redis"]) for _ in range(2))
    client, second = (redis.Redis.from_url(one.redis_url) for one in (running, other))
    own, there = (one.execute_command("CLUSTER", "MYID") for one in (client, second))
    client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    ports = second.config_get("port")["port"], second.config_get("cluster-port")["cluster-port"]
    client.execute_command("CLUSTER", "MEET", "127.0.0.1", *ports)
    wait_for(lambda: there in client.execute_command("CLUSTER", "NODES"), "a cluster")
    wait_for(lambda: b"state:ok" in client.execute_command("CLUSTER", "INFO"), "its slots")
    running.start("engine", "web")
    wait_for(lambda: not _said(running), "an entry taken", running)
    engine = running.pid("engine")
    slots = {s: client.execute_command("CLUSTER", "KEYSLOT", s) for s in ("probe", "other")}

    def change(source: str, *how: str | bytes) -> None:
        client.execute_command("CLUSTER", "SETSLOT", slots[source], *how)

    for said, source, there_is, back in (
        ("MOVED", "other", ("NODE", there), ("NODE", own)),
        ("ASK", "other", ("MIGRATING", there), ("STABLE",)),
        ("TRYAGAIN", "probe", ("MIGRATING", there), ("STABLE",)),
    ):
        change(source, *there_is)
        wait_for(lambda: f"({said})" in _said(running, source), said, running)  # noqa: B023
        change(source, *back)
        wait_for(lambda: not _said(running), "an entry taken", running)
    client.execute_command("CLUSTER", "DELSLOTS", slots["probe"])
    wait_for(lambda: "(CLUSTERDOWN)" in _said(running), "CLUSTERDOWN", running)
    client.execute_command("CLUSTER", "ADDSLOTS", slots["probe"])

    wait_for(lambda: not _said(running), "taken", running)
    wait_for(lambda: _is_folded(running), "folding", running)
    assert running.pid("engine") == engine


def test_a_redis_that_loads_its_data_is_waited_for(stack_of: Callable[..., Stack]) -> None:
    """A restart with a long log refuses everything until it is loaded."""
    running = stack_of()
    races.post(running.url, "probe", [{"type": "note", "uid": f"n{n}", "text": "x"} for n in "ab"])
    client = redis.Redis.from_url(running.redis_url)
    pipe = client.pipeline(transaction=False)
    for n in range(20_000):  # it answers once in 1,024 commands
        pipe.set("filler", n)
    pipe.execute()
    engine = running.pid("engine")
    running.kill("redis")
    running.commands["redis"] += ["--key-load-delay", "300"]  # µs a command, until that is said
    running.running["redis"] = running._run("redis")
    wait_for(lambda: "(LOADING)" in _said(running), "LOADING", running)
    redis.Redis.from_url(running.redis_url, socket_timeout=60).config_set("key-load-delay", 0)

    wait_for(lambda: not _said(running), "an entry taken", running)
    wait_for(lambda: _is_folded(running), "folding", running)
    assert running.pid("engine") == engine


def test_a_redis_whose_disk_is_full_is_waited_for(stack_of: Callable[..., Stack]) -> None:
    """Writes are refused with what is the matter, reads go on, and room is all it takes."""
    running = stack_of(disk="4m")
    client = redis.Redis.from_url(running.redis_url)
    client.config_set("appendfsync", "everysec")  # else it would end itself
    wait_for(lambda: not _said(running), "an entry taken", running)
    engine, filler = running.pid("engine"), running.folder / "redis" / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024))
    wait_for(lambda: "(MISCONF)" in _said(running), "MISCONF", running)
    assert httpx.get(f"{running.url}/api/v1/sources/probe/state").status_code == 200

    filler.unlink()
    wait_for(lambda: not _said(running), "an entry taken", running)
    wait_for(lambda: _is_folded(running), "folding", running)
    assert running.pid("engine") == engine


def _of_a_cluster() -> list[str]:
    """What makes a server a node, on free ports, that serves the slots it has."""
    options = {"port": free_port(), "cluster-port": free_port(), "cluster-enabled": "yes"}
    options["cluster-require-full-coverage"] = "no"
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def _is_folded(running: Stack) -> bool:
    """Whether the engine has caught up, asked on a connection that waits for Redis."""
    with connect(running.redis_url) as client:
        return sources.waiting(client, ["probe"]) == []

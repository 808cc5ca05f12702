"""What is acknowledged is on disk, and on that of a replica: no failover loses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count

import httpx
import pytest
import redis
from structlog.testing import capture_logs

from pitlive.errors import NotAcknowledged, StoreUnavailable
from pitlive.store import client as store_client
from pitlive.store import durable
from pitlive.store.client import Redis, connect
from pitlive.store.durable import Durable
from tests import races
from tests.faults.pasts import Pair, declare_quiet, post
from tests.stack import Stack, free_port, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

Stacks = Callable[..., Stack]

RACE = races.small(3, 20)

LOG, UIDS = "pitlive:{race}:entries", "pitlive:{race}:uids"

LINES = {"Content-Type": "application/x-ndjson"}


@contextmanager
def stopped(server: Stack) -> Iterator[None]:
    """Be without a server that nobody has noticed to be away."""
    os.kill(server.pid("redis"), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid("redis"), signal.SIGCONT)


def metric(running: Stack, name: str) -> float:
    """The value of a metric without labels."""
    text = httpx.get(f"{running.url}/metrics").text
    return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[1])


def test_whatever_a_replica_does_not_confirm_is_not_acknowledged(stack_of: Stacks) -> None:
    """503 with its name and a time to come back; the same again is a repeat that is confirmed."""
    pair = Pair(stack_of, drain_s=0)
    running = pair.parts.start()
    base = f"{running.url}/api/v1/sources"
    for source in ("race", "gone"):
        declare_quiet(running, source)
    unacknowledged = metric(running, "pitlive_unacknowledged_total")
    one, two, three = RACE[:3]
    line = b'{"type": "note", "uid": "line", "text": "x"}\n'
    asks: list[Callable[[], httpx.Response]] = [
        lambda: httpx.post(f"{base}/race/entries", json=one, timeout=60),
        lambda: httpx.post(f"{base}/race/entries", json=[two, three], timeout=60),
        lambda: httpx.post(f"{base}/race/entries", content=line, headers=LINES, timeout=60),
        lambda: httpx.post(f"{base}/race/flush", timeout=60),
        lambda: httpx.put(f"{base}/new", json=races.QUIET, timeout=60),
        lambda: httpx.delete(f"{base}/gone", timeout=60),
        lambda: httpx.get(f"{running.url}/readyz", timeout=60),
    ]
    with stopped(pair.servers[1]), ThreadPoolExecutor(len(asks)) as at_once:
        refused = list(at_once.map(lambda ask: ask(), asks))
        again = asks[0]()
        entries = httpx.get(f"{base}/race/entries").json()["entries"]
    too_early = 0

    def confirmed(ask: Callable[[], httpx.Response]) -> httpx.Response:
        """Ask until the replica is there again; what is refused until then is counted."""
        nonlocal too_early
        while (answer := ask()).status_code == 503:
            too_early += ask is not asks[-1]
        return answer

    answers = [confirmed(ask) for ask in asks]

    for answer in [*refused, again]:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert f"127.0.0.1:{pair.ports[1]}" in answer.json()["detail"]
    assert "0 of 1 replicas acknowledged" in again.json()["detail"]
    assert len({entry["uid"] for entry in entries}) == len(entries) == 5
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 404, 200]
    assert [answer.json().get("repeats") for answer in answers[:3]] == [1, 2, 1]
    unacknowledged += len(asks) + too_early
    assert metric(running, "pitlive_unacknowledged_total") == unacknowledged
    assert (
        metric(running, "pitlive_redis_replicas") == metric(running, "pitlive_redis_on_disk") == 1
    )


@pytest.mark.parametrize("is_read_only", ["yes", "no"])
def test_a_primary_that_became_a_replica_acknowledges_nothing(
    stack_of: Stacks, is_read_only: str
) -> None:
    """Nor a repeat, which writes nothing that it could refuse, nor where it takes writes."""
    pair = Pair(stack_of, "--replica-read-only", is_read_only)
    keeping = Durable(connect(pair.servers[0].redis_url, retries=0), None)
    write_at_last(keeping)
    pair.clients[1].execute_command("REPLICAOF", "NO", "ONE")
    pair.clients[0].execute_command("REPLICAOF", "127.0.0.1", free_port())
    for look_s in (0.0, durable.LOOK_EVERY_S):
        keeping._until -= look_s
        with pytest.raises(StoreUnavailable), keeping.writes() as writer:
            writer.get("a repeat")


def test_a_repair_that_a_replica_lacks_is_not_said_to_be_done(stack_of: Stacks) -> None:
    """It is done on the primary; who promoted the replica now would have the damage back."""
    pair = Pair(stack_of)
    running = pair.parts.start()
    post(running, RACE[:3])
    ((last, fields),) = pair.clients[0].xrevrange(LOG, count=1)
    number = int(last.decode().split("-")[1]) + 1
    torn = {name: value[:-1] for name, value in fields.items()}
    record = pair.clients[0].xadd(LOG, torn, f"9999999999999-{number}").decode()
    repair = [sys.executable, "-m", "pitlive", "repair", "race", record, "--yes"]
    run = partial(subprocess.run, repair, env=running.environment, capture_output=True, text=True)
    with stopped(pair.servers[1]):
        lacks = run(check=False)
    while "replicas acknowledged" in (again := run(check=False)).stderr:
        pass  # the replica is not there again yet

    assert lacks.returncode == 1
    assert "0 of 1 replicas acknowledged" in lacks.stderr
    assert "done" not in lacks.stdout
    assert f"{record}: nothing is wrong with it" in again.stderr


@contextmanager
def posting(running: Stack) -> Iterator[list[str]]:
    """Have four post notes, one after the other each; note the uids of those that were taken."""
    taken: list[str] = []
    is_over = threading.Event()

    def post(name: int) -> None:
        anew = httpx.Limits(max_keepalive_connections=0)  # a late server closes what is kept
        with httpx.Client(base_url=running.url, timeout=60, limits=anew) as client:
            for n in count():
                note = {"type": "note", "uid": f"{name}-{n}", "text": "x"}
                if client.post("/api/v1/sources/race/entries", json=note).status_code == 200:
                    taken.append(f"{name}-{n}")
                if is_over.is_set():
                    return

    with ThreadPoolExecutor(4) as pool:
        ends = [pool.submit(post, name) for name in range(4)]
        try:
            yield taken
        finally:
            is_over.set()
    for end in ends:
        end.result()


@pytest.mark.parametrize("wanted", ["auto", 1])
def test_no_failover_loses_what_was_acknowledged(stack_of: Stacks, wanted: object) -> None:
    """The primary is killed amid posts of many; the replica has all that was answered 200.

    With a number set also if it was cut off before that, and the primary went on alone.
    """
    pair = Pair(stack_of, drain_s=0, replicas_acknowledge=wanted)
    running = pair.parts.start()
    declare_quiet(running, "race")
    with posting(running) as taken:
        wait_for(lambda: len(taken) > 50, "acknowledgements", running)
        if wanted == 1:
            pair.follow(free_port())
            enough = pair.clients[0].hlen(UIDS) + 6
            wait_for(lambda: pair.clients[0].hlen(UIDS) > enough, "more entries", running)
        pair.fail_over()
        before = len(taken)
        if wanted == "auto":
            wait_for(lambda: len(taken) > before + 20, "acknowledgements of the other", running)

    assert set(taken) <= {uid.decode() for uid in pair.clients[1].hkeys(UIDS)}


@pytest.mark.parametrize("wanted", [None, 1, 2])
def test_a_replica_that_keeps_no_file_will_do_where_nobody_asks_for_more(
    stack_of: Stacks, wanted: int | None
) -> None:
    """It has it in memory, which is better than nothing, and than to refuse everything."""
    pair = Pair(stack_of)
    pair.clients[1].config_set("appendonly", "no")
    client = connect(pair.servers[0].redis_url, retries=0)
    keeping = Durable(client, wanted)
    for n in range(2):
        if wanted is None:
            write_at_last(keeping, n)
            continue
        with pytest.raises(NotAcknowledged, match=f"0 of {wanted} replicas .* within 4 s"):
            write(keeping, n)


def test_a_replica_that_was_slow_is_asked_for_its_disk_again(
    stack_of: Stacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, and at once where anything about Redis and its replicas has changed."""
    pair = Pair(stack_of)
    pair.clients[1].config_set("appendonly", "no")
    keeping = Durable(connect(pair.servers[0].redis_url, retries=0), None)

    def doubts(memory_for_s: float, n: int) -> int:
        monkeypatch.setattr(durable, "MEMORY_FOR_S", memory_for_s)
        with capture_logs() as logs:
            write_at_last(keeping, n)
        return sum("in memory, not on disk after 2 s" in one["event"] for one in logs)

    monkeypatch.setattr(durable, "LOOK_EVERY_S", 0.0)
    assert [doubts(0, 0), doubts(3600, 1), doubts(3600, 2)] == [1, 1, 0]
    pair.clients[0].config_set("appendonly", "no")
    assert [doubts(3600, 3), doubts(3600, 4)] == [1, 0]


def write(keeping: Durable, n: int = 0) -> None:
    """Write something and have it confirmed."""
    with keeping.writes() as client:
        client.set("something", n)


def write_at_last(keeping: Durable, n: int = 0) -> None:
    """The same, again until it is: a replica that is slow is not waited for so long at once."""

    def is_confirmed() -> bool:
        with suppress(NotAcknowledged):
            write(keeping, n)
            return True
        return False

    wait_for(is_confirmed, "confirmation")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is slow is waited for, where each time it is asked is counted."""
    monkeypatch.setattr(durable, "WITHIN_S", 60.0)
    monkeypatch.setattr(store_client, "ANSWER_WITHIN_S", 150.0)


def test_a_replica_that_left_is_not_waited_for_unless_it_must_be(stack_of: Stacks) -> None:
    """Nobody would know the difference to one that never was, but for who asks for one."""
    pair = Pair(stack_of)
    client = connect(pair.servers[0].redis_url, retries=0)
    auto, strict, never = (Durable(client, wanted) for wanted in (None, 1, 0))
    for keeping in (auto, strict, never):
        write_at_last(keeping)
    pair.servers[1].kill("redis")
    wait_for(lambda: not durable.look(client).replicas, "absence")
    write(auto)
    write(never)
    with pytest.raises(NotAcknowledged, match="those that follow it are none"):
        write(strict)


def test_a_redis_without_waitaof_is_asked_what_replicas_have_in_memory(stack_of: Stacks) -> None:
    """As one of before 7.2."""
    pair = Pair(stack_of, "--rename-command", "WAITAOF", "")
    client = connect(pair.servers[0].redis_url, retries=0)
    keeping = Durable(client, 1)
    write_at_last(keeping)
    with stopped(pair.servers[1]), pytest.raises(NotAcknowledged, match="0 of 1 replicas"):
        write(keeping)
    write_at_last(keeping)


def test_nothing_is_confirmed_by_another_connection(stack_of: Stacks) -> None:
    """It may be to another server, which knows nothing of what was written."""
    running = stack_of(parts=["redis"])
    admin = redis.Redis.from_url(running.redis_url)
    keeping = Durable(connect(running.redis_url, retries=0), 0)

    def write_and_be_cut_off() -> None:
        with keeping.writes() as held:
            held.set("something", 1)
            admin.client_kill_filter(_id=held.client_id())

    with pytest.raises(StoreUnavailable, match="away"):
        write_and_be_cut_off()
    write(keeping)


@pytest.mark.usefixtures("patient")
def test_it_is_looked_anew_after_redis_was_away(
    stack_of: Stacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next may keep less than the one before."""
    monkeypatch.setattr(durable, "LOOK_EVERY_S", 3600.0)
    running = stack_of(parts=["redis"])
    admin = redis.Redis.from_url(running.redis_url)
    keeping = Durable(connect(running.redis_url, retries=0), None)

    def be_cut_off_and_write() -> None:
        with keeping.writes() as held:
            admin.client_kill_filter(_id=held.client_id())
            held.set("something", 1)

    write(keeping)
    admin.config_set("appendfsync", "everysec")
    with pytest.raises(StoreUnavailable, match="away"):
        be_cut_off_and_write()
    write(keeping)

    assert admin.info("commandstats")["cmdstat_waitaof"]["calls"] == 1


@pytest.mark.usefixtures("patient")
def test_a_redis_that_stops_to_keep_a_file_is_not_asked_for_it(stack_of: Stacks) -> None:
    """Nor is it an error of the one who writes in the second before the next look."""
    running = stack_of("--appendfsync", "everysec", parts=["redis"])
    client: Redis = connect(running.redis_url, retries=0)
    keeping = Durable(client, None)
    write(keeping)
    client.config_set("appendonly", "no")
    with capture_logs() as said:
        write(keeping)

    assert [one["log_level"] for one in said] == ["warning", "info"]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--appendfsync", "always"], 0),
        (["--appendfsync", "everysec"], 1),
        (["--appendonly", "no"], 0),
    ],
    ids=["always", "everysec", "no_file"],
)
def test_nothing_is_asked_where_nothing_is_to_be_waited_for(
    stack_of: Stacks, options: list[str], asked: int
) -> None:
    """A Redis that writes through has it on disk when it answers; one without a file never."""
    running = stack_of(*options, parts=["redis"])
    client: Redis = connect(running.redis_url, retries=0)
    write(Durable(client, None))
    told = redis.Redis.from_url(running.redis_url).info("commandstats")

    assert told.get("cmdstat_waitaof", {}).get("calls", 0) == asked
    assert durable.look(client).on_disk == (options[1] != "no")


def test_what_is_on_no_disk_is_said_and_taken(stack_of: Stacks) -> None:
    """Once in the log of the web server, and in its metrics for as long as it is so."""
    running = stack_of("--appendonly", "no")
    races.declare_quiet(running.url, "race")
    for entry in RACE[:3]:
        assert races.post(running.url, "race", [entry])["accepted"] == 1

    assert metric(running, "pitlive_redis_on_disk") == 0
    assert running.log("web", 1000).count("appendonly is no") == 1

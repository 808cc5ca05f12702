"""What went wrong with the programme, done again: none of it happens here."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.election.programme import KEYS, Feeder, config
from tests.election.reader import Page
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

Follow = Callable[[Stack, str], "subprocess.Popen[bytes]"]

CONNECTIONS = int(os.environ.get("PITLIVE_QUICK_CONNECTIONS", "600"))
"""Of clients who leave at once; 20,000 is the long form."""


def begun(server: Stack, name: str) -> None:
    """Wait until every stat is there."""
    state = f"{server.url}/api/v1/sources/{name}/state"
    wait_for(lambda: all(key in httpx.get(state).text for key in KEYS), "all stats", server)


def processor_s(pid: int) -> float:
    """Processor time of a process and its children that ended, and of the one below its leash."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2] for one in [pid, *children]]
    ticks = sum(sum(map(int, text.split()[11:15])) for text in fields)
    return ticks / os.sysconf("SC_CLK_TCK")


def tcp_sockets(pid: int) -> int:
    """How many a process holds, to Redis not counted: its pool keeps what a crowd has opened."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    known = {f"socket:[{row.split()[9]}]" for row in rows}
    held = 0
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed while we look
            held += str(fd.readlink()) in known
    return held


def test_an_update_that_waits_while_redis_is_away_is_read_when_it_is_back(
    server: Stack, feeder: Feeder, election: Follow, source: str
) -> None:
    """Nothing spins meanwhile, no stat is dead afterwards, and what nobody told of is seen too."""
    feeder.write("proportion:total", {"current": 1, "total": 200})
    following = election(server, config(feeder, source, debounce=(300, 1000)))
    begun(server, source)
    page = Page(server.url, f"/{source}").start()
    feeder.write("proportion:total", {"current": 2})
    feeder.write("other:totalvotes", 5)  # and nothing is said of it
    feeder.tell("proportion:total")
    feeder.stop()
    before, began = processor_s(following.pid), time.monotonic()
    time.sleep(3)  # an outage is a length of time, and so is what it may cost
    spent = (processor_s(following.pid) - before) / (time.monotonic() - began)
    feeder.start()
    wait_for(lambda: page.data("other:totalvotes") == {"totalvotes": 5}, "all stats", server)
    for current in (3, 4):
        feeder.write("proportion:total", {"current": current})
        wait_for(lambda: feeder.tell("proportion:total") == 1, "a listener")  # anew, by itself
        wait_for(
            lambda current=current: page.data("proportion:total")["current"] == current,  # type: ignore[misc]
            "the update",
            server,
        )
    page.close()

    assert spent < 0.25
    assert following.poll() is None


def test_a_stat_and_its_data_points_are_never_of_two_moments(
    server: Stack, feeder: Feeder, election: Follow, source: str
) -> None:
    """A writer keeps the parent the sum of its children, in one transaction each time."""
    stat, points = "proportion:studytypes", ["UG", "PG", "PhD"]
    counts = dict.fromkeys(points, 0)

    def write() -> None:
        pipe = feeder.redis.pipeline(transaction=True)
        for point in points:
            feeder.write(stat, {"current": counts[point], "total": 100_000}, point, into=pipe)
        total = sum(counts.values())
        feeder.write(stat, {"current": total, "total": 300_000}, into=pipe)
        pipe.publish(f"{feeder.stem(stat)}:updates", "")
        pipe.execute()

    write()
    election(server, config(feeder, source))
    begun(server, source)
    page, sums = Page(server.url, f"/{source}?only={stat}"), list[tuple[int, int]]()
    taken = page._take

    def note(said: dict[str, object], size: int) -> None:
        taken(said, size)
        if stat in page.stats:
            parts = [page.data(stat, point)["current"] for point in points]
            sums.append((page.data(stat)["current"], sum(parts)))

    page._take = note  # type: ignore[method-assign]
    page.start()
    random = Random(1)
    for _ in range(1500):
        counts[random.choice(points)] += random.randrange(1, 9)
        write()
    wait_for(lambda: page.data(stat)["current"] == sum(counts.values()), "the last", server)
    page.close()

    assert len(sums) > 10
    assert [pair for pair in sums if pair[0] != pair[1]] == []


def test_clients_who_come_and_leave_at_once_leave_nothing_behind(
    stack: Callable[..., Stack], feeder: Feeder, election: Follow
) -> None:
    """Fifty at a time, gone about when the stats are sent: no stream, socket or worker is lost."""
    server = stack()
    election(server, config(feeder, "quick"))
    begun(server, "quick")
    (worker,) = server.workers()
    stays = Page(server.url, "/quick").start()
    wait_for(lambda: len(stays.stats) == len(KEYS), "every stat", server)
    before = tcp_sockets(worker)
    asked = f"GET /quick HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode()
    leave = Random(1)
    pauses = [leave.uniform(0.05, 0.15) for _ in range(CONNECTIONS)]

    def come_and_go(pause_s: float) -> bool:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall(asked)
            answered = client.recv(100)
            threading.Event().wait(pause_s)
        return answered.startswith(b"HTTP/1.1 200")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(come_and_go, pauses))
    wait_for(lambda: tcp_sockets(worker) <= before, "sockets closed", server)
    feeder.write("other:totalvotes", 7)
    feeder.tell("other:totalvotes")
    wait_for(lambda: stays.data("other:totalvotes") == {"totalvotes": 7}, "the update", server)
    wait_for(lambda: _streams(server) == 1, "one stream", server)
    stays.close()

    assert all(answers)
    assert server.workers() == [worker]


def _streams(server: Stack) -> int:
    """How many streams are open."""
    told = httpx.get(f"{server.url}/api/v1/status").json()["metrics"]["pitlive_streams"]
    return int(sum(one["value"] for one in told))

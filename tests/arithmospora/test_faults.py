"""What went wrong with the programme, done again: none of it happens here."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest
from click.testing import CliRunner

from pitlive.arithmospora.edge.following import Following
from pitlive.arithmospora.feed import configuration
from pitlive.cli.connection import Server
from pitlive.cli.main import main
from pitlive.store.client import connect
from pitlive.store.keys import key
from tests.arithmospora.programme import KEYS, Feeder, config, is_read
from tests.arithmospora.reader import Page, opened
from tests.faults.pasts import Kept, backup, put_back
from tests.stack import WITHIN_S, Stack, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

Follow = Callable[[Stack, str], "subprocess.Popen[bytes]"]

CONNECTIONS = int(os.environ.get("PITLIVE_QUICK_CONNECTIONS", "600"))
"""Of clients who leave at once; 20,000 is the long form."""


def begun(server: Stack, name: str) -> None:
    """Wait until every stat is there as it was read."""
    wait_for(lambda: is_read(server, name), "all stats as read", server)


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
    page = opened(server.url, f"/{source}")
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
    while len(sums) <= 20:  # a busy machine tells many writes at once
        counts[random.choice(points)] += random.randrange(1, 9)
        write()
    wait_for(lambda: page.data(stat)["current"] == sum(counts.values()), "the last", server)
    page.close()

    assert [pair for pair in sums if pair[0] != pair[1]] == []


def test_clients_who_come_and_leave_at_once_leave_nothing_behind(
    stack: Callable[..., Stack], feeder: Feeder, election: Follow
) -> None:
    """Fifty at a time, gone about when the stats are sent: no stream, socket or worker is lost."""
    server = stack()
    election(server, config(feeder, "quick"))
    begun(server, "quick")
    (worker,) = server.workers()
    stays = opened(server.url, "/quick")
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


def rows_of(server: Stack, name: str, stat: str) -> dict[str, object]:
    """The row of a stat itself, as it is published."""
    with suppress(httpx.TransportError, KeyError):  # a part is just started anew
        state = httpx.get(f"{server.url}/api/v1/sources/{name}/state?channels={stat}").json()
        row: dict[str, object] = state["channels"][stat][""]
        return row if isinstance(row, dict) else {"": row}
    return {}


def test_what_an_older_folder_lacks_is_reported_again_with_the_next_reading(
    stack: Callable[..., Stack], feeder: Feeder, election: Follow, tmp_path: Path
) -> None:
    """A reading is posted before the next look, two minutes later, and hides nothing from it."""
    server = stack(drain_s=0)
    following = election(server, config(feeder, "votes"))
    begun(server, "votes")
    backup(server, tmp_path / "backup")
    feeder.write("proportion:total", {"current": 7, "total": 200})
    feeder.tell("proportion:total")
    seen = {"proportion:total": 7, "proportion:studytypes": 3}

    def shows(stat: str) -> bool:
        return rows_of(server, "votes", stat).get("current") == seen[stat]

    wait_for(lambda: shows("proportion:total"), "the reading that is lost", server)
    feeder.go_round()  # else that might not be acknowledged yet, and be sent once more
    put_back(server, tmp_path / "backup", ["engine", "web"])
    assert not shows("proportion:total")
    feeder.write("proportion:studytypes", {"current": 3, "total": 4})
    feeder.tell("proportion:studytypes")
    wait_for(lambda: all(map(shows, seen)), "both", server)

    said = (tmp_path / "election.log").read_text()
    assert "votes: its log has lost entries; all is reported again" in said
    assert following.poll() is None


@pytest.fixture
def programme(server: Stack, feeder: Feeder, source: str) -> Iterator[Following]:
    """A programme that is followed step by step, in this process; all is reported."""
    feeder.write("proportion:total", {"current": 1, "total": 200})
    read = configuration.read(config(feeder, source), "programme.toml")
    with Server(server.url, patience_s=WITHIN_S) as asking:
        following = Following(read, asking, print)
        for one in read.sources:
            following._declare(one)
        following._report_due()
        yield following


def logged(server: Stack, name: str) -> list[tuple[str, int]]:
    """The readings that a log has of the share of voters, with what they say."""
    path = f"{server.url}/api/v1/sources/{name}/entries?limit=1000"
    found = httpx.get(path).json()["entries"]
    return [
        (one["id"], one["rows"][""]["current"])
        for one in found
        if one.get("stat") == "proportion:total"
    ]


def report(following: Following, feeder: Feeder, stat: str, current: int) -> None:
    """Have one stat changed, read and reported."""
    feeder.write(stat, {"current": current, "total": 200})
    following._due.at_once([name for name in following._live if name[1] == stat], time.monotonic())
    following._report_due()


def test_one_reading_after_the_log_went_back_hides_nothing(
    server: Stack, feeder: Feeder, source: str, programme: Following
) -> None:
    """What is told of one stat is of a new past, and what others had told is told again."""
    said: list[str] = []
    programme._say = said.append
    kept = Kept(server, source)
    report(programme, feeder, "proportion:total", 7)
    kept.put_back()
    assert [current for _, current in logged(server, source)] == [1]
    report(programme, feeder, "proportion:studytypes", 3)
    programme._report_due()

    assert [current for _, current in logged(server, source)] == [1, 7]
    assert said == [f"{source}: its log has lost entries; all is reported again"]


def test_what_a_repair_takes_out_is_reported_again_at_the_next_look(
    server: Stack, feeder: Feeder, source: str, programme: Following
) -> None:
    """The newest entry is there, and one before it is not."""
    report(programme, feeder, "proportion:total", 7)
    report(programme, feeder, "proportion:studytypes", 3)
    (_, _), (gone, _) = logged(server, source)
    connect(server.redis_url).xdel(key(source, "entries"), gone)
    where = ["--redis-url", server.redis_url]
    repaired = CliRunner().invoke(main, ["repair", source, "--all", "--yes", *where])
    assert repaired.exit_code == 0, repaired.output
    programme._heal()
    programme._report_due()

    assert [current for _, current in logged(server, source)] == [1, 7]

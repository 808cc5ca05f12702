"""Readers who do not keep up, do not come back, or have been there long enough."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import orjson
import pytest

from tests import races
from tests.checker import Block, Checker, blocks
from tests.stack import Stack, wait_for

pytestmark = pytest.mark.timeout(600)


Connect = Callable[..., socket.socket]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open streams by hand, with receive buffers as small as wanted; closed after the test."""
    opened: list[socket.socket] = []

    def one(running: Stack, buffer: int = 0) -> socket.socket:
        sock = socket.socket()
        opened.append(sock)
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.connect(("127.0.0.1", running.port))
        sock.sendall(b"GET /api/v1/sources/race/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        return sock

    yield one
    for sock in opened:
        sock.close()


def chatter(n: int) -> list[dict[str, Any]]:
    """Notes that are long enough to fill any kernel buffer after a while."""
    return [{"type": "note", "uid": f"n{n}-{k}", "text": "x" * 1900} for k in range(100)]


def said(sock: socket.socket) -> list[Block]:
    """Everything a stream holds until it ends."""
    sock.settimeout(90)
    with sock.makefile("rb") as lines:
        while lines.readline().strip():
            pass  # the head of the response
        return [block for block in blocks(iter(lines.readline, b"")) if block.data is not None]


FEW = 25
"""Notes of which an event fits into the kernel's buffer of any reader: who has read the one
before it cannot be behind, however long it stands still."""

GIVEN_UP = r'ended_total\{reason="(?:stalled|overrun|gone)"\} (\S+)'


def given_up(running: Stack) -> int:
    """How many streams the server has given up, whatever their readers have noticed."""
    text = httpx.get(f"{running.url}/metrics", timeout=60).text
    return sum(int(float(n)) for n in re.findall(GIVEN_UP, text))


def read_all(sock: socket.socket) -> None:
    """Read until the connection ends, however it ends."""
    while sock.recv(65536):
        pass


def test_a_reader_who_stops_is_closed_hard_and_delays_nobody(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """Its connection is reset, its kernel queue freed, and another reader has everything."""
    running = stack(stall_s=1)
    races.post(running.url, "race", races.small(3, 5))
    other, sent = Checker(running.url, "race").start(), 0
    wait_for(lambda: bool(other.state), "state", running)
    stalled = connect(running, 4096)
    stalled.recv(1, socket.MSG_PEEK)
    while not given_up(running):
        for n in range(5):  # to look costs more than to post
            races.post(running.url, "race", chatter(sent // FEW + n)[:FEW])
            there = sent + FEW * (n + 1)
            wait_for(lambda: len(other.state.get("notes", {})) == there, "notes", running)  # noqa: B023
        sent = there
        assert sent < 20_000
    with pytest.raises(ConnectionResetError):  # what was not read is gone with the connection
        read_all(stalled)
    other.stop()

    assert other.faults == []
    assert other.reasons == ["fresh"]


def test_a_reader_who_falls_behind_and_catches_up_misses_nothing(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """A pause shorter than the patience costs nothing: every event comes, in order, once."""
    running = stack(stall_s=300, stream_backlog=64 * 2**20)
    races.declare_quiet(running.url, "race")
    races.post(running.url, "race", races.small(3, 5))
    ahead = Checker(running.url, "race").start()
    wait_for(lambda: bool(ahead.state), "state", running)
    slow = connect(running, 4096)
    slow.recv(1, socket.MSG_PEEK)
    for n in range(60):
        races.post(running.url, "race", chatter(n))
    wait_for(lambda: len(ahead.state.get("notes", {})) == 6000, "notes", running)
    reader = Checker(running.url, "race")
    slow.settimeout(90)
    with slow.makefile("rb") as lines:
        while lines.readline().strip():
            pass
        for block in blocks(iter(lines.readline, b"")):
            reader._take(block)
            if reader.seq >= ahead.seq:
                break
    ahead.stop()

    assert reader.faults == []
    assert races.canonical(reader.state) == races.canonical(ahead.state)


def test_a_stream_ends_after_its_life_and_resumes(stack: Callable[..., Stack]) -> None:
    """Load moves by itself, and readers do not notice."""
    running = stack(stream_lifetime_s=1)
    given = races.small(6, 20)
    races.declare_quiet(running.url, "race")
    races.post(running.url, "race", given[:1])
    checker = Checker(running.url, "race").start()
    for batch in races.batches(given[1:], 10):
        races.post(running.url, "race", batch)
        time.sleep(0.2)
    want = races.canonical(races.state(races.checked(given)))
    wait_for(lambda: races.canonical(checker.state) == want, "state", running)
    wait_for(lambda: len(checker.reasons) > 2, "two more lives", running)
    checker.stop()

    assert checker.faults == []
    assert set(checker.reasons[1:]) == {"ok"}


def test_beyond_the_limit_a_reader_is_asked_to_come_back(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """Admission answers as an event stream: any other status would end EventSource for good."""
    running = stack(max_streams=3)
    races.post(running.url, "race", races.small(3, 5))
    kept = [let_in(connect, running) for _ in range(3)]
    (bye,) = said(connect(running))

    assert (bye.name, orjson.loads(bye.data or "")["reason"]) == ("bye", "full")
    kept[0].close()
    wait_for(lambda: greeted(connect(running)) == "hello", "room", running)


def let_in(connect: Connect, running: Stack) -> socket.socket:
    """A stream that has begun; who is told to come back does."""
    while greeted(sock := connect(running)) != "hello":
        sock.close()
    return sock


def greeted(sock: socket.socket) -> str:
    """The first event of a stream."""
    with sock.makefile("rb") as lines:
        while lines.readline().strip():
            pass
        return next(b.name for b in blocks(iter(lines.readline, b"")) if b.data)


def test_heartbeats_come_to_idle_readers_and_move_their_cursor(
    stack: Callable[..., Stack],
) -> None:
    """A reader of a quiet channel does not fall out of the log while others are busy."""
    running = stack(heartbeat_s=0.3)
    races.declare_quiet(running.url, "race")
    races.post(running.url, "race", races.small(3, 5))
    quiet = Checker(running.url, "race", "cautions").start()
    wait_for(lambda: bool(quiet.cursor), "state", running)
    before = quiet.seq
    races.post(running.url, "race", chatter(1))
    wait_for(lambda: quiet.seq > before, "heartbeat", running)
    quiet.stop()

    assert quiet.faults == []


def test_a_reader_who_is_too_far_behind_is_brought_up_to_date_by_the_state(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """It ends the event it is in, is given the state, and goes on from there on the same stream."""
    running = stack(stall_s=300, stream_backlog=2 * 2**20)
    races.declare_quiet(running.url, "race")
    races.post(running.url, "race", races.small(3, 5))
    ahead = Checker(running.url, "race").start()
    wait_for(lambda: bool(ahead.state), "state", running)
    slow = connect(running, 4096)
    slow.recv(1, socket.MSG_PEEK)
    for n in range(1, 41):  # 8 MB, each a tenth of a backlog: what it is in is not forgotten
        races.post(running.url, "race", chatter(n))
        wait_for(lambda: len(ahead.state.get("notes", {})) == 100 * n, "notes", running)  # noqa: B023
    reader, names = Checker(running.url, "race"), []
    slow.settimeout(90)
    with slow.makefile("rb") as lines:
        while lines.readline().strip():
            pass
        for block in blocks(iter(lines.readline, b"")):
            names.append(block.name)
            reader._take(block)
            if reader.seq >= ahead.seq:
                break
    ahead.stop()

    assert names.count("hello") == 1
    assert names.count("snapshot") >= 2
    assert [block for block in names if block == "bye"] == []
    assert reader.faults == []
    assert races.canonical(reader.state) == races.canonical(ahead.state)


def test_a_reader_who_stops_while_the_kernel_has_room_is_gone_as_well(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """Whatever little was sent and not taken, the connection is reset and the queue freed."""
    running = stack(stall_s=1, heartbeat_s=300)
    races.post(running.url, "race", races.small(3, 5))
    other = Checker(running.url, "race").start()
    wait_for(lambda: bool(other.state), "state", running)
    stalled = connect(running, 4096)
    stalled.recv(1, socket.MSG_PEEK)
    races.post(running.url, "race", chatter(0)[:FEW])  # 50 KB: more than it takes, less than fits
    wait_for(lambda: len(other.state.get("notes", {})) == FEW, "notes", running)
    wait_for(lambda: given_up(running) > 0, "its end", running)
    other.stop()

    with pytest.raises(ConnectionResetError):
        read_all(stalled)
    assert other.faults == []


def is_free(port: int) -> bool:
    """Whether nobody listens there: a worker does for a moment longer than its arbiter lives."""
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


def test_a_crowd_that_comes_back_to_a_new_worker_is_served_from_its_memory(
    stack: Callable[..., Stack],
) -> None:
    """Whoever was cut off by a restart resumes, and Redis is asked once for all of them."""
    running = stack()
    races.post(running.url, "race", races.small(6, 20))
    checkers = [Checker(running.url, "race").start() for _ in range(20)]
    for checker in checkers:
        wait_for(lambda: bool(checker.state), "state", running)  # noqa: B023
    running.kill("web")
    wait_for(lambda: is_free(running.port), "end of its worker", running)
    running.start("web")
    for checker in checkers:
        wait_for(lambda: len(checker.reasons) > 1, "another hello", running)  # noqa: B023
        checker.stop()
    told = httpx.get(f"{running.url}/metrics", timeout=60).text
    served = dict(re.findall(r'replays_total\{reason="ok",served="(\w+)"\} (\S+)', told))

    assert {tuple(checker.reasons) for checker in checkers} == {("fresh", "ok")}
    assert float(served["memory"]) >= len(checkers) - 1

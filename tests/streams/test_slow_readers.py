"""Readers who do not keep up, do not come back, or have been there long enough."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from tests import races
from tests.checker import Block, Checker, blocks
from tests.stack import Stack, wait_for

pytestmark = pytest.mark.timeout(240)


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
    sock.settimeout(30)
    with sock.makefile("rb") as lines:
        while lines.readline().strip():
            pass  # the head of the response
        return [block for block in blocks(iter(lines.readline, b"")) if block.data is not None]


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
    stalled, other = connect(running, 4096), Checker(running.url, "race").start()
    wait_for(lambda: bool(other.state), "state", running)
    for n in range(80):  # 15 MB: more than the kernel's buffers of any one connection
        races.post(running.url, "race", chatter(n))
    wait_for(lambda: len(other.state.get("notes", {})) == 8000, "notes", running)
    with pytest.raises(ConnectionResetError):  # what was not read is gone with the connection
        read_all(stalled)
    other.stop()

    assert other.faults == []
    assert other.reasons == ["fresh"]


def test_a_reader_who_falls_behind_and_catches_up_misses_nothing(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """A pause shorter than the patience costs nothing: every event comes, in order, once."""
    running = stack(stall_s=60, stream_backlog=64 * 2**20)
    races.post(running.url, "race", races.small(3, 5))
    slow = connect(running, 4096)
    for n in range(60):
        races.post(running.url, "race", chatter(n))
    ahead = Checker(running.url, "race").start()
    wait_for(lambda: len(ahead.state.get("notes", {})) == 6000, "notes", running)
    reader = Checker(running.url, "race")
    slow.settimeout(30)
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


def test_a_stopping_worker_says_goodbye_to_everybody(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """Each stream ends with a complete bye and a time to come back of its own."""
    running = stack(drain_s=1)
    races.post(running.url, "race", races.small(3, 5))
    socks = [connect(running) for _ in range(20)]
    for sock in socks:
        sock.recv(1, socket.MSG_PEEK)
    running.kill("web", signal.SIGTERM)
    last = [said(sock)[-1] for sock in socks]

    assert {block.name for block in last} == {"bye"}
    assert {orjson.loads(block.data or "")["reason"] for block in last} == {"restart"}
    assert len({orjson.loads(block.data or "")["retry_ms"] for block in last}) > 10


def test_a_stream_ends_after_its_life_and_resumes(stack: Callable[..., Stack]) -> None:
    """Load moves by itself, and readers do not notice."""
    running = stack(stream_lifetime_s=1)
    given = races.small(6, 20)
    races.post(running.url, "race", given[:1])
    checker = Checker(running.url, "race").start()
    for batch in races.batches(given[1:], 10):
        races.post(running.url, "race", batch)
        time.sleep(0.2)
    want = races.canonical(races.state(races.checked(given)))
    wait_for(lambda: races.canonical(checker.state) == want, "state", running)
    checker.stop()

    assert checker.faults == []
    assert len(checker.reasons) > 2
    assert set(checker.reasons[1:]) == {"ok"}


def test_beyond_the_limit_a_reader_is_asked_to_come_back(
    stack: Callable[..., Stack], connect: Connect
) -> None:
    """Admission answers as an event stream: any other status would end EventSource for good."""
    running = stack(max_streams=3)
    races.post(running.url, "race", races.small(3, 5))
    kept = [connect(running) for _ in range(3)]
    for sock in kept:
        sock.recv(1, socket.MSG_PEEK)
    (bye,) = said(connect(running))

    assert (bye.name, orjson.loads(bye.data or "")["reason"]) == ("bye", "full")
    kept[0].close()
    wait_for(lambda: greeted(connect(running)) == "hello", "room", running)


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
    races.post(running.url, "race", races.small(3, 5))
    quiet = Checker(running.url, "race", "cautions").start()
    wait_for(lambda: bool(quiet.reasons), "hello", running)
    before = quiet.seq
    races.post(running.url, "race", chatter(1))
    wait_for(lambda: quiet.seq > before, "heartbeat", running)
    quiet.stop()

    assert quiet.faults == []

"""Thirty readers behind nginx, a race going by, and something in between that is replaced."""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests import races
from tests.checker import Block, Checker, blocks
from tests.faults.scene import Scene
from tests.fronted import Fronted
from tests.hub.test_promise import fed
from tests.hub.test_slow_readers import chatter
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

Fault = Callable[[Fronted], None]


def reload(stack: Fronted) -> None:
    """`nginx -s reload`: the old workers end, and the streams they have with them."""
    stack.reload()


def restart_nginx(stack: Fronted) -> None:
    """Stop nginx at once and start it anew."""
    stack.restart("nginx", signal.SIGTERM)


def kill_streams(stack: Fronted) -> None:
    """Kill -9 the process of the streams; readers go to the web server and come back later."""
    stack.restart("streams")


def drain_streams(stack: Fronted) -> None:
    """Stop the process of the streams as a deployment does."""
    stack.restart("streams", signal.SIGTERM)


@pytest.mark.parametrize(
    "fault", [reload, restart_nginx, kill_streams, drain_streams], ids=lambda fault: fault.__name__
)
def test_every_reader_ends_as_if_nothing_had_happened(
    stack: Callable[..., Fronted], fault: Fault
) -> None:
    """No event is missed or repeated, and nobody has to reload."""
    running = stack(heartbeat_s=2, drain_s=1, nginx={"worker_shutdown_timeout": "200ms"})
    here = Scene(running, ["race", "other"])
    here.begin()
    for share in (1 / 2, 3 / 4):
        fault(running)
        here.feed(share)
    here.wait(lambda: bool(here.reasons), "the return of somebody")
    here.check(set())  # nginx keeps the metrics to itself

    assert here.reasons == {"ok"}
    assert here.byes <= {"restart", "unavailable"}


def test_a_reader_who_stops_is_closed_and_resumes(stack: Callable[..., Fronted]) -> None:
    """Nothing is held for it for long, nobody is delayed, and it goes on where it was."""
    running = stack(stall_s=1, nginx={"send_timeout": "1s"})
    fed(running, "race", races.small(3, 5))
    other, slow = Checker(running.url, "race").start(), Checker(running.url, "race")
    wait_for(lambda: bool(other.state), "state", running)  # so a greeting waits for nothing
    with stream(running) as (sock, sent):
        while not slow.state:
            slow._take(next(sent))
        for n in range(60):  # 11 MB: more than the kernel's buffers of any one connection
            races.post(running.url, "race", chatter(n))
            if n % 5 == 4:  # what the other lacks fits the kernel, however slow it is
                noted = 100 * (n + 1)
                wait_for(lambda: len(other.state.get("notes", {})) == noted, "notes", running)  # noqa: B023
        wait_for(lambda: is_reset(sock), "its end", running)
        with pytest.raises(ConnectionResetError):
            slow.take_all(sent)
    slow.start()
    wait_for(lambda: slow.state == other.state, "state", running)
    slow.stop()
    other.stop()

    assert (other.faults, other.reasons, slow.faults) == ([], ["fresh"], [])


def is_reset(sock: socket.socket) -> bool:
    """Whether the other side has ended a connection, of which nothing more was read."""
    poll = select.poll()
    poll.register(sock, 0)
    return bool(poll.poll(0))


@contextmanager
def stream(running: Fronted) -> Iterator[tuple[socket.socket, Iterator[Block]]]:
    """What a stream holds, read from a small buffer only as it is asked for."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(90)
        sock.connect(("127.0.0.1", running.port))
        sock.sendall(b"GET /api/v1/sources/race/events HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        with sock.makefile("rb") as lines:
            while lines.readline().strip():
                pass  # the head of the answer
            yield sock, blocks(iter(lines.readline, b""))

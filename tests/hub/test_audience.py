"""Readers behind in one audience, on real sockets."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Iterator
from contextlib import suppress

import gevent
import pytest

from pitlive.hub.client import Client, prepare
from pitlive.hub.coding import PLAIN
from pitlive.hub.group import Group
from pitlive.hub.hub import Hub
from pitlive.hub.ports import Limits
from pitlive.store.client import connect
from pitlive.web.hub_ports import EventLog
from tests.faults.wire import deafen

BACKLOG = 2**16


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection, the first one never waits."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_who_is_late_is_told_once_until_it_was_skipped(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """While the state is read for it more news come: it is not read once more for each of them."""
    ours, theirs = pair
    group = Group((), ["*"], BACKLOG)
    audience = group.audience(PLAIN)
    client = Client(ours.fileno())
    audience.add(client, b"hello")

    def fall_behind() -> list[Client]:
        while not (late := audience.newly_late()):
            assert audience.broadcast(b"x" * 4096) == []
        return late

    assert fall_behind() == [client]
    audience.broadcast(b"x" * 4096)
    assert audience.newly_late() == []
    assert audience.skip(client, b"state")
    assert fall_behind() == [client], "it took nothing of the state: it is late again"

    theirs.setblocking(False)
    while client.fd in audience.behind:
        theirs.recv(2**20)
        audience.push(client)
    assert fall_behind() == [client], "it was up to date meanwhile, by itself"


def test_who_was_given_up_by_the_kernel_is_known_by_the_write_that_finds_it() -> None:
    """It counts as stalled, not as gone, whoever notices first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname())
        fd = prepare(server.accept()[0], patience_s=0.2)
    with theirs, socket.socket(fileno=fd):
        group = Group((), ["*"], BACKLOG)
        audience = group.audience(PLAIN)
        client = Client(fd)
        assert audience.add(client, b"hello")
        assert theirs.recv(9) == b"hello"  # else it may be on the way still, and dropped as well
        deafen(theirs)
        assert audience.broadcast(b"news") == []
        given_up = select.poll()
        given_up.register(fd, 0)  # an error is always told
        assert given_up.poll(60_000)
        assert audience.broadcast(b"more") == [client]
        assert client.error == errno.ETIMEDOUT


def test_who_is_told_goodbye_while_the_state_is_read_for_it_hears_the_goodbye(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state that comes too late is not sent instead of it."""
    hub = Hub(EventLog(connect(redis_url)), Limits(stall_s=300))
    group = hub.feeds.group((), ["*"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname())
        hub.accept(server.accept()[0], group, PLAIN, b"hello")
    audience = group.audience(PLAIN)
    while not (late := audience.newly_late()):
        assert audience.broadcast(b"data: " + b"x" * 4096 + b"\n\n") == []

    def read(*_: object) -> bytes:
        hub._end_all(group, "restart")
        return b"state"

    monkeypatch.setattr("pitlive.hub.hub.current", read)
    hub._skip_to_state(group, audience, late)
    heard, has_ended = b"", False
    theirs.setblocking(False)
    with theirs:
        while not has_ended:
            gevent.sleep(0.001)
            with suppress(BlockingIOError):
                part = theirs.recv(2**20)
                heard, has_ended = heard[-100:] + part, not part
    assert b"event: bye" in heard
    assert b"state" not in heard

"""Readers behind in one audience, on real sockets."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Iterator

import pytest

from pitlive.web.streams.client import Client, prepare
from pitlive.web.streams.coding import PLAIN
from pitlive.web.streams.group import Group
from tests.faults.wire import deafen

BACKLOG = 2**16


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection, the first one never waits."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_who_is_late_is_taken_once_until_it_was_skipped(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """While the state is read for it more news come: it is not read once more for each of them."""
    ours, theirs = pair
    group = Group((), ["*"], BACKLOG)
    audience = group.audience(PLAIN)
    client = Client(ours.fileno(), group, audience, 0, 0)
    audience.add(client, b"hello")

    def fall_behind() -> list[Client]:
        while not (late := audience.take_late()):
            assert audience.broadcast(b"x" * 4096) == []
        return late

    assert fall_behind() == [client]
    audience.broadcast(b"x" * 4096)
    assert audience.take_late() == []
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
        client = Client(fd, group, audience, 0, 0)
        assert audience.add(client, b"hello")
        deafen(theirs)
        assert audience.broadcast(b"news") == []
        given_up = select.poll()
        given_up.register(fd, 0)  # an error is always told
        assert given_up.poll(60_000)
        assert audience.broadcast(b"more") == [client]
        assert client.error == errno.ETIMEDOUT

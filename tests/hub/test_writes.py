"""Writing one byte string to many sockets: both ways of it do the same."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from pitlive.hub.writes import Write, WriteBatch, one_by_one

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=["one by one", "batch"])
def write(request: pytest.FixtureRequest) -> Write:
    """Each of the two ways; Linux has both."""
    return one_by_one if request.param == "one by one" else WriteBatch().write


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Three connected pairs of sockets, the first of each without waiting."""
    made = [socket.socketpair() for _ in range(3)]
    for ours, _ in made:
        ours.setblocking(False)
    yield made
    for one in made:
        for end in one:
            end.close()


def full(sock: socket.socket) -> None:
    """Write until the kernel takes no more."""
    with suppress(BlockingIOError):
        while True:
            sock.send(b"x" * 65536)


def test_all_who_can_take_everything_get_everything(write: Write, pairs: list[Pair]) -> None:
    """Nobody is reported, and each has the bytes."""
    assert write([ours.fileno() for ours, _ in pairs], b"data: 1\n\n") == []
    assert [theirs.recv(99) for _, theirs in pairs] == [b"data: 1\n\n"] * 3


def test_who_is_full_or_gone_is_reported_and_the_others_are_not(
    write: Write, pairs: list[Pair]
) -> None:
    """A full socket took nothing, a broken one is -errno; whoever comes after them is served."""
    full(pairs[0][0])
    pairs[1][1].close()
    short = write([ours.fileno() for ours, _ in pairs], b"data: 1\n\n")

    assert short == [(0, 0), (1, -errno.EPIPE)]
    assert pairs[2][1].recv(99) == b"data: 1\n\n"


def test_who_takes_a_part_is_reported_with_it(write: Write, pairs: list[Pair]) -> None:
    """How much was taken is where it goes on."""
    large = b"x" * 50_000_000
    ((place, taken),) = write([pairs[0][0].fileno()], large)

    assert place == 0
    assert 0 < taken < len(large)


@pytest.mark.parametrize("count", [0, 1, 1024, 1025, 3000])
def test_every_one_of_very_many_is_written_to_once_in_order(write: Write, count: int) -> None:
    """A list longer than one system call takes is no different."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as end, os.fdopen(theirs, "wb") as start:
        assert write([start.fileno()] * count, b"ab") == []
        start.close()
        assert end.read() == b"ab" * count


def test_everybody_gets_the_bytes_of_its_own_broadcast(write: Write, pairs: list[Pair]) -> None:
    """What was sent before is not sent again, whatever became of the memory it was in."""
    fds = [ours.fileno() for ours, _ in pairs]
    for n in range(100):
        assert write(fds, b"data: %d\n\n" % n) == []
    sent = b"".join(b"data: %d\n\n" % n for n in range(100))
    assert [theirs.recv(9999) for _, theirs in pairs] == [sent] * 3

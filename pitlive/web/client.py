"""One open stream: a descriptor that the hub owns, and how far it is behind, if it is."""

from __future__ import annotations

import os
import socket
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pitlive.web.group import Group


class Client:
    """A reader's socket. It has no greenlet and no queue: who is behind is an offset.

    Attributes:
        rest: What of its own first words the kernel did not take yet.
        offset: Where in its group's bytes it goes on; -1 while it is up to date.
        moved: When it last took something while it was behind [monotonic s].
        beats: When its next heartbeat is due [monotonic s].
        ends: When its life is over [monotonic s].
    """

    __slots__ = ("beats", "ends", "fd", "group", "moved", "offset", "rest")

    def __init__(self, fd: int, group: Group, beats: float, ends: float) -> None:
        self.fd = fd
        self.group = group
        self.beats = beats
        self.ends = ends
        self.rest = memoryview(b"")
        self.offset = -1
        self.moved = time.monotonic()


def prepare(sock: socket.socket, patience_s: float) -> int:
    """Set up a socket for a stream and return its descriptor, which is now the caller's.

    Args:
        patience_s: How long what was sent may stay unacknowledged: finds who vanished.
    """
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(patience_s * 1000))
    fd = sock.detach()
    os.set_blocking(fd, False)
    return fd


def close_soft(fd: int) -> None:
    """Close a connection; what the kernel still holds is delivered."""
    os.close(fd)


def close_hard(fd: int) -> None:
    """Close a connection and free what the kernel still holds for it."""
    sock = socket.socket(fileno=fd)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()

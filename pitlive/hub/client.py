"""One open stream: a descriptor that the hub owns, and how far it is behind, if it is."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time

from pitlive.hub.metrics import End

UP_TO_DATE = -1


class Client:
    """A reader's socket, as writing to it needs it; `Connection` is the whole of it.

    It has no greenlet and no queue: who is behind is an offset. There may be twenty thousand of
    it, so it holds numbers and nothing of its own size.

    Attributes:
        own: What it alone is sent before it goes on at `offset`.
        offset: Where in its audience's bytes it goes on; -1 while it is up to date.
        moved: When it last took something while it was behind [monotonic s].
        error: Why a write to it failed, as an errno; 0 while none has.
        is_late: Whether the state is being read for it, which it is given instead of the way there.
        ending: Why it is closed as soon as it has taken what is its own, None if it is not.
    """

    __slots__ = ("ending", "error", "fd", "is_late", "moved", "offset", "own")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.error = 0
        self.is_late = False
        self.ending: End | None = None
        self.own: tuple[memoryview, ...] = ()
        self.offset = UP_TO_DATE
        self.moved = 0.0

    def write_own(self) -> None:
        """Send what is its own, as far as the kernel takes it.

        Raises:
            BlockingIOError: The kernel took no more.
            OSError: The connection is broken.
        """
        while self.own:
            part, *later = self.own
            taken = os.write(self.fd, part)
            self.moved = time.monotonic()
            self.own = (part[taken:], *later) if taken < len(part) else tuple(later)


def prepare(sock: socket.socket, patience_s: float) -> int:
    """Set up a socket for a stream and return its descriptor, which is now the caller's.

    Args:
        patience_s: How long what was sent may stay unacknowledged, or a reader's window shut:
            the kernel finds who vanished, and who stopped while it still had room for us.
    """
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(patience_s * 1000))
    fd = sock.detach()
    os.set_blocking(fd, False)
    return fd


def timed_out(fd: int) -> bool:
    """Tell whether the kernel gave a connection up, for its reader took nothing."""
    level, name = socket.SOL_SOCKET, socket.SO_ERROR
    with socket.socket(fileno=os.dup(fd)) as sock:
        return sock.getsockopt(level, name) == errno.ETIMEDOUT


def close_soft(fd: int) -> None:
    """Close a connection; what the kernel still holds is delivered."""
    os.close(fd)


def close_hard(fd: int) -> None:
    """Close a connection and free what the kernel still holds for it."""
    sock = socket.socket(fileno=fd)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()

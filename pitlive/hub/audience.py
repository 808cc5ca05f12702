"""Readers who are sent the very same bytes: written to all in one tight loop.

Whoever takes everything at once is a number in a list. Whoever does not is an offset into
the bytes that all of them are sent, until it has caught up.
"""

from __future__ import annotations

import errno
import os
import time

from pitlive.hub import writes
from pitlive.hub.bytelog import ByteLog
from pitlive.hub.client import UP_TO_DATE, Client
from pitlive.hub.coding import Coding
from pitlive.hub.metrics import BROADCASTS, DELIVERIES, SENT
from pitlive.hub.ports import Overrun

_write = writes.best()


class Audience:
    """All clients of one channel set and one coding.

    Attributes:
        clients: All of them by descriptor; `behind` holds those who have not taken all.
    """

    def __init__(self, coding: Coding, backlog: int) -> None:
        self.coding = coding
        self.clients: dict[int, Client] = {}
        self.behind: dict[int, Client] = {}
        self._backlog = backlog
        self._ready: list[int] = []
        self._place: dict[int, int] = {}
        self._log = ByteLog(2 * backlog)  # room to end a block after the backlog is full

    def waiting(self, client: Client) -> int:
        """Return how many bytes wait for a client."""
        lacks = self._log.head - client.offset if client.offset != UP_TO_DATE else 0
        return lacks + sum(map(len, client.own))

    @property
    def backlog(self) -> int:
        """Bytes that wait for the reader who is furthest behind."""
        return max(map(self.waiting, self.behind.values()), default=0)

    def newly_late(self) -> list[Client]:
        """Return the clients whose backlog is full: each once, until it was skipped."""
        behind, most = self.behind.values(), self._log.head - self._backlog
        late = [c for c in behind if c.offset < most and not c.ending and not c.is_late]
        for client in late:
            client.is_late = True
        return late

    def add(self, client: Client, first: bytes) -> bool:
        """Accept a client and send what it begins with; False if it is gone already."""
        self.clients[client.fd] = client
        written = _offer(client.fd, first)
        if written == len(first):
            self._now_ready(client)
        elif written >= 0:
            self._now_behind(client, self._log.head, memoryview(first)[written:])
        return self._is_whole(client, written)

    def remove(self, client: Client) -> None:
        """Forget a client."""
        self.clients.pop(client.fd, None)
        self.behind.pop(client.fd, None)
        if client.fd in self._place:
            self._leave_ready(client.fd)

    def broadcast(self, data: bytes) -> list[Client]:
        """Send a block to all; return the clients that broke."""
        if not self.clients:
            return []
        start = self._log.head
        BROADCASTS.inc()
        DELIVERIES.inc(len(self._ready))
        SENT.inc(len(self._ready) * len(data))
        short = [(self._ready[n], written) for n, written in _write(self._ready, data)]
        self._log.append(data, anyone_behind=bool(self.behind or short))
        broken = []
        for fd, written in short:
            client = self.clients[fd]
            self._leave_ready(fd)
            self._now_behind(client, start + max(written, 0))
            if not self._is_whole(client, written):
                broken.append(client)
        return broken

    def push(self, client: Client) -> bool:
        """Send a client what it lacks, as far as the kernel takes it; False if it broke.

        Raises:
            Overrun: What it lacks was already forgotten.
        """
        try:
            client.write_own()
            while client.offset < self._log.head:
                if client.offset < self._log.base:
                    raise Overrun
                client.offset += self._log.write(client.fd, client.offset)
                client.moved = time.monotonic()
        except BlockingIOError:
            return True
        except OSError as error:
            return self._is_whole(client, -(error.errno or errno.EPIPE))
        del self.behind[client.fd]
        self._now_ready(client)
        return True

    def send(self, client: Client, message: bytes) -> bool:
        """Send a message to one client alone, if it is up to date; False if it broke."""
        if client.fd not in self._place:
            return True
        data = self.coding.alone(message)
        written = _offer(client.fd, data)
        if 0 <= written < len(data):
            self._leave_ready(client.fd)
            self._now_behind(client, self._log.head, memoryview(data)[written:])
        return self._is_whole(client, written)

    def skip(self, client: Client, data: bytes) -> bool:
        """Let a client end the block it is in and go on with `data` instead of the rest.

        Args:
            data: Coded; it brings a reader from any place to where the audience is.

        Returns:
            False if the bytes it is in were already forgotten.
        """
        begun = client.own[:1]  # what follows it has not begun, and is not needed any more
        if not begun:
            end = self._log.block_end(client.offset)
            if end is None:
                return False
            begun = (memoryview(self._log.part(client.offset, end)),)
        client.own = (*begun, memoryview(data))
        client.offset, client.is_late = self._log.head, False
        return True

    @staticmethod
    def _is_whole(client: Client, written: int) -> bool:
        """Tell whether a write went well, as far as it went; note what failed."""
        client.error = max(0, -written)
        return written >= 0

    def _now_ready(self, client: Client) -> None:
        client.offset = UP_TO_DATE
        self._place[client.fd] = len(self._ready)
        self._ready.append(client.fd)

    def _now_behind(self, client: Client, offset: int, *own: memoryview) -> None:
        self.behind[client.fd] = client
        client.is_late = False
        client.offset, client.own, client.moved = offset, own, time.monotonic()

    def _leave_ready(self, fd: int) -> None:
        place, last = self._place.pop(fd), self._ready.pop()
        if last != fd:
            self._ready[place] = last
            self._place[last] = place


def _offer(fd: int, data: bytes) -> int:
    """Write to one descriptor; return the bytes written, -errno if the connection is broken."""
    try:
        return os.write(fd, data)
    except BlockingIOError:
        return 0
    except OSError as error:
        return -(error.errno or errno.EPIPE)

"""Readers of the same channels of the same sources: encoded once, written in one tight loop.

Whoever takes everything at once is a number in a list. Whoever does not is an offset into
the bytes that all of them are sent, until it has caught up or is too far behind.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import repeat

from pitlive.web.bytelog import ByteLog
from pitlive.web.client import Client
from pitlive.web.feed import Feed
from pitlive.web.position import Position


class Overrun(Exception):
    """A reader is too far behind, or a feed went on further than memory reaches."""


class Group:
    """All clients of one channel set.

    Attributes:
        position: What everybody in the group has been sent, or will be from its offset.
    """

    def __init__(self, feeds: Sequence[Feed], patterns: Sequence[str], backlog: int) -> None:
        self.feeds = tuple(feeds)
        reached = {feed.source: feed.cursor for feed in feeds if feed.cursor}
        self.position = Position([feed.source for feed in feeds], patterns, reached)
        self.clients: dict[int, Client] = {}
        self.behind: dict[int, Client] = {}
        self._ready: list[int] = []
        self._place: dict[int, int] = {}
        self._log = ByteLog(backlog)

    @property
    def backlog(self) -> int:
        """Bytes that wait for the reader who is furthest behind."""
        return max((self._log.head - client.offset for client in self.behind.values()), default=0)

    def add(self, client: Client, first: bytes) -> bool:
        """Take a client in and send its first words; False if it is gone already."""
        client.rest = memoryview(first)
        client.offset = self._log.head
        self.clients[client.fd] = self.behind[client.fd] = client
        return self.push(client)

    def remove(self, client: Client) -> None:
        """Forget a client."""
        self.clients.pop(client.fd, None)
        self.behind.pop(client.fd, None)
        if client.fd in self._place:
            self._leave_ready(client.fd)

    def flush(self) -> list[Client]:
        """Send what the feeds have heard since the last time; return clients that broke.

        Raises:
            Overrun: The feeds no longer hold all of it.
        """
        data = b"".join(self._news())
        return self._broadcast(data) if data else []

    def push(self, client: Client) -> bool:
        """Send a client what it lacks, as far as the kernel takes it; False if it broke.

        Raises:
            Overrun: What it lacks was already forgotten.
        """
        try:
            while client.rest:
                client.rest = client.rest[os.write(client.fd, client.rest) :]
                client.moved = time.monotonic()
            while client.offset < self._log.head:
                if client.offset < self._log.base:
                    raise Overrun
                client.offset += self._log.write(client.fd, client.offset)
                client.moved = time.monotonic()
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.behind.pop(client.fd, None)
        client.offset, client.rest = -1, memoryview(b"")
        self._place[client.fd] = len(self._ready)
        self._ready.append(client.fd)
        return True

    def say(self, client: Client, data: bytes) -> bool:
        """Send something to one client alone, if it is up to date; False if it broke."""
        if client.fd not in self._place:
            return True
        try:
            taken = os.write(client.fd, data)
        except BlockingIOError:
            taken = 0
        except OSError:
            return False
        if taken < len(data):
            self._falls_behind(client.fd, self._log.head)
            client.rest = memoryview(data)[taken:]
        return True

    def _news(self) -> Iterator[bytes]:
        for feed in self.feeds:
            at = self.position.reached.get(feed.source)
            if at is None or feed.cursor is None or feed.cursor.seq == at.seq:
                continue
            events = feed.after(at.seq)
            if events is None:
                raise Overrun
            yield self.position.messages(feed.source, events)

    def _broadcast(self, data: bytes) -> list[Client]:
        start = self._log.head
        results = self._write_to_all(data)
        short = [(self._ready[i], n) for i, n in enumerate(results) if n != len(data)]
        self._log.append(data, anyone_behind=bool(self.behind or short))
        broken = [self.clients[fd] for fd, taken in short if taken < 0]
        for fd, taken in short:
            self._falls_behind(fd, start + max(taken, 0))
        return broken

    def _write_to_all(self, data: bytes) -> list[int]:
        """Write to everybody who is up to date; the loop itself runs in C.

        Returns:
            Bytes taken by each, -1 where the connection is broken.
        """
        results: list[int] = []
        writes = map(os.write, self._ready, repeat(data))
        while len(results) < len(self._ready):
            try:
                results.extend(writes)
            except BlockingIOError:
                results.append(0)
            except OSError:
                results.append(-1)
        return results

    def _falls_behind(self, fd: int, offset: int) -> None:
        self._leave_ready(fd)
        client = self.behind[fd] = self.clients[fd]
        client.offset = offset
        client.moved = time.monotonic()

    def _leave_ready(self, fd: int) -> None:
        place, last = self._place.pop(fd), self._ready.pop()
        if last != fd:
            self._ready[place] = last
            self._place[last] = place

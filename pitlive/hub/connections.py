"""All readers of a worker: how each comes in, is kept, and ends."""

from __future__ import annotations

import errno
import random
import socket
import time

import gevent

from pitlive.hub import control, metrics
from pitlive.hub.client import Client, close_hard, close_soft, prepare, timed_out
from pitlive.hub.coding import Coding
from pitlive.hub.connection import Connection
from pitlive.hub.group import Group
from pitlive.hub.ports import Limits, Overrun
from pitlive.hub.ready import Ready
from pitlive.hub.schedule import Schedule

LAST_BYTES_S = 2.0
"""How long readers who are behind have for their goodbye when all others have gone."""


class Connections:
    """Readers by descriptor. Every one of them ends exactly once, for one reason."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._schedule = Schedule(limits)
        self._connections: dict[int, Connection] = {}
        self._ready: Ready | None = None

    def __len__(self) -> int:
        """How many there are."""
        return len(self._connections)

    def accept(
        self,
        sock: socket.socket,
        group: Group,
        coding: Coding,
        first: bytes,
        path: metrics.ServingPath,
    ) -> None:
        """Make a socket a reader of a group; `first` brings it to the group's position."""
        now = time.monotonic()
        fd = prepare(sock, patience_s=self._limits.stall_s)
        audience = group.audience(coding)
        beats, ends = now + self._schedule.beat(), now + self._schedule.life()
        client = self._connections[fd] = Connection(fd, group, audience, beats, ends)
        metrics.OPENED[path, coding.name or "plain"].inc()
        self._watch(fd)
        self._schedule.note(client)
        if not audience.add(client, first):
            self.drop(client)

    def attend(self, now: float) -> None:
        """Send the heartbeats that are due, and end the streams whose life is over."""
        for client in self._schedule.due(now):
            if self._connections.get(client.fd) is not client:
                continue
            if now >= client.ends:
                self.end(client, "lifetime")
            else:
                self._beat(client, now)

    def evict_stalled(self, group: Group, now: float) -> None:
        """Close the readers of a group who have taken nothing for too long."""
        for audience in group.audiences.values():
            for client in list(audience.behind.values()):
                if now - client.moved > self._limits.stall_s:
                    self.evict(client, "stalled")

    def drain(self, reason: metrics.End) -> None:
        """Say goodbye to all over a window: no herd comes back."""
        everybody = list(self._connections.values())
        random.shuffle(everybody)
        began, window_s = time.monotonic(), self._limits.drain_s
        for n, client in enumerate(everybody):
            gevent.sleep(max(0.0, began + window_s * n / len(everybody) - time.monotonic()))
            self.end(client, reason)
        while self._connections and time.monotonic() < began + window_s + LAST_BYTES_S:
            gevent.sleep(LAST_BYTES_S / 20)

    def end(self, client: Client, reason: metrics.End) -> None:
        """Close after a complete block, with a reason and a time to come back."""
        connection = self._connections.get(client.fd)
        if connection is None or connection is not client or client.ending:
            return
        audience, cursor = connection.audience, connection.group.position.cursor
        if client.fd in audience.behind:  # no id: it does not have what the others have
            is_whole = audience.skip(client, audience.coding.alone(control.bye(reason, "")))
        else:
            is_whole = audience.send(client, control.bye(reason, cursor))
        if not is_whole:
            self.evict(client, reason)
        elif client.fd in audience.behind:
            client.ending = reason
        else:
            self._close(client, reason)

    def evict(self, client: Client, reason: metrics.End) -> None:
        """Close a reader who does not read, and free what the kernel holds for it."""
        self._forget(client, reason)
        close_hard(client.fd)

    def drop(self, client: Client) -> None:
        """Close a connection that is broken: by its reader, or by the kernel, which gave it up."""
        self._close(client, "stalled" if client.error == errno.ETIMEDOUT else "gone")

    def _close(self, client: Client, reason: metrics.End) -> None:
        self._forget(client, reason)
        close_soft(client.fd)

    def _beat(self, client: Connection, now: float) -> None:
        tops = {feed.source: feed.cursor for feed in client.group.feeds if feed.cursor}
        heartbeat = control.heartbeat(client.group.position.cursor, tops)
        if not client.audience.send(client, heartbeat):
            self.drop(client)
            return
        client.beats = now + self._schedule.beat()
        self._schedule.note(client)

    def _watch(self, fd: int) -> None:
        if self._ready is None:  # made in the worker, whose loop it belongs to
            self._ready = Ready(self._went_on, self._hung_up)
        self._ready.watch(fd)

    def _went_on(self, fd: int) -> None:
        """A reader who was behind can take more."""
        client = self._connections.get(fd)
        if client is None or fd not in client.audience.behind:
            return
        try:
            if client.ending:
                self._write_the_last(client)
            elif not client.audience.push(client):
                self.drop(client)
        except Overrun:
            self.evict(client, "overrun")

    def _write_the_last(self, client: Client) -> None:
        """Go on with what a reader is sent before it is closed."""
        try:
            client.write_own()
        except BlockingIOError:
            return
        except OSError as error:
            client.error = error.errno or 0
            self.drop(client)
            return
        self._close(client, client.ending or "gone")

    def _hung_up(self, fd: int) -> None:
        """Its connection ended: closed by the reader, or given up by the kernel."""
        if (client := self._connections.get(fd)) is not None:
            self._close(client, "stalled" if timed_out(fd) else "gone")

    def _forget(self, client: Client, reason: metrics.End) -> None:
        metrics.ENDED[reason].inc()
        connection = self._connections.pop(client.fd)
        connection.audience.remove(connection)

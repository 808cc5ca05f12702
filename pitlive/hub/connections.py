"""All readers of a worker: how each comes in, is kept, and ends."""

from __future__ import annotations

import errno
import random
import socket
import time

import gevent

from pitlive.hub import control
from pitlive.hub.audience import Overrun
from pitlive.hub.client import Client, close_hard, close_soft, prepare, timed_out
from pitlive.hub.coding import Coding
from pitlive.hub.group import Group
from pitlive.hub.ready import Ready
from pitlive.hub.schedule import Schedule
from pitlive.settings import Settings
from pitlive.web import metrics

LAST_WORDS_S = 2.0
"""How long readers who are behind have for their last words when all others have gone."""


class Crowd:
    """Clients by descriptor. Every one of them ends exactly once, for one reason."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._schedule = Schedule(settings)
        self._clients: dict[int, Client] = {}
        self._ready: Ready | None = None

    def __len__(self) -> int:
        """How many there are."""
        return len(self._clients)

    def take_in(
        self, sock: socket.socket, group: Group, coding: Coding, first: bytes, path: metrics.Path
    ) -> None:
        """Make a socket a reader of a group; `first` brings it to the group's position."""
        now = time.monotonic()
        fd = prepare(sock, patience_s=self._settings.stall_s)
        audience = group.audience(coding)
        beats, ends = now + self._schedule.beat(), now + self._schedule.life()
        client = self._clients[fd] = Client(fd, group, audience, beats, ends)
        metrics.OPENED[path, coding.name or "plain"].inc()
        self._watch(fd)
        self._schedule.note(client)
        if not audience.add(client, first):
            self.drop(client)

    def attend(self, now: float) -> None:
        """Send the heartbeats that are due, and end the streams whose life is over."""
        for client in self._schedule.due(now):
            if self._clients.get(client.fd) is not client:
                continue
            if now >= client.ends:
                self.end(client, "lifetime")
            else:
                self._beat(client, now)

    def evict_stalled(self, group: Group, now: float) -> None:
        """Close the readers of a group who have taken nothing for too long."""
        for audience in group.audiences.values():
            for client in list(audience.behind.values()):
                if now - client.moved > self._settings.stall_s:
                    self.evict(client, "stalled")

    def drain(self, reason: metrics.End) -> None:
        """Say goodbye to all over a window: no herd comes back."""
        everybody = list(self._clients.values())
        random.shuffle(everybody)
        began, window_s = time.monotonic(), self._settings.drain_s
        for n, client in enumerate(everybody):
            gevent.sleep(max(0.0, began + window_s * n / len(everybody) - time.monotonic()))
            self.end(client, reason)
        while self._clients and time.monotonic() < began + window_s + LAST_WORDS_S:
            gevent.sleep(LAST_WORDS_S / 20)

    def end(self, client: Client, reason: metrics.End) -> None:
        """Close after a complete block, with a word and a time to come back."""
        if self._clients.get(client.fd) is not client or client.ending:
            return
        audience = client.audience
        if client.fd in audience.behind:  # no id: it does not have what the others have
            there = audience.skip(client, audience.coding.alone(control.bye(reason, "")))
        else:
            there = audience.say(client, control.bye(reason, client.group.position.cursor))
        if not there:
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

    def _beat(self, client: Client, now: float) -> None:
        tops = {feed.source: feed.cursor for feed in client.group.feeds if feed.cursor}
        said = control.heartbeat(client.group.position.cursor, tops)
        if not client.audience.say(client, said):
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
        client = self._clients.get(fd)
        if client is None or fd not in client.audience.behind:
            return
        try:
            if client.ending:
                self._say_the_last(client)
            elif not client.audience.push(client):
                self.drop(client)
        except Overrun:
            self.evict(client, "overrun")

    def _say_the_last(self, client: Client) -> None:
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
        if (client := self._clients.get(fd)) is not None:
            self._close(client, "stalled" if timed_out(fd) else "gone")

    def _forget(self, client: Client, reason: metrics.End) -> None:
        metrics.ENDED[reason].inc()
        client.audience.remove(client)
        self._clients.pop(client.fd, None)

"""The fan-out inside one worker: what is heard once goes to all of its readers.

Feeds are kept in order and without holes by the listener. Readers of the same channels
form a group, which is sent the same bytes. Three greenlets serve them all: one listens, one
writes what is new, one keeps house. A reader has none of its own.
"""

from __future__ import annotations

import heapq
import os
import random
import signal
import socket
import time
from collections.abc import Sequence
from itertools import count

import gevent
import structlog
from gevent.event import Event as Signal

from pitlive.errors import StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import channel
from pitlive.store.client import Redis
from pitlive.web import words
from pitlive.web.client import Client, close_hard, close_soft, prepare
from pitlive.web.feed import Feed
from pitlive.web.group import Group, Overrun
from pitlive.web.listener import Listener
from pitlive.web.ready import Ready

log = structlog.get_logger()

FOLLOW_WITHIN_S = 4.0
"""How long a new reader waits for the subscription before it is asked to come back."""

HOUSEKEEPING_S = 0.25
"""How often due heartbeats, ended lives and stalled readers are looked for."""

JITTER = 0.2
"""Heartbeats and lives of many readers must not fall together."""

STATE_FOR_S = 1.0
"""How long a state that was read serves others: a crowd that arrives reads Redis once."""

Name = tuple[tuple[str, ...], tuple[str, ...]]
"""What makes a group: its sources in order, and its channel patterns."""


class Hub:
    """All feeds, groups and clients of a worker."""

    def __init__(self, settings: Settings, client: Redis) -> None:
        self.flushed = Signal()
        self._settings = settings
        self._redis = client
        self._feeds: dict[str, Feed] = {}
        self._groups: dict[Name, Group] = {}
        self._clients: dict[int, Client] = {}
        self._states: dict[tuple[str, tuple[str, ...]], tuple[float, channel.Snapshot]] = {}
        self._due: list[tuple[float, int, Client]] = []
        self._serial = count()
        self._news = Signal()
        self._listener = Listener(client, self._feeds, self._news.set)
        self._ready: Ready | None = None
        self._closing = ""

    @property
    def refusal(self) -> str:
        """Why no further reader is taken, empty if there is room."""
        return self._closing or ("full" if len(self._clients) >= self._settings.max_streams else "")

    def follow(self, source: str) -> Feed:
        """Return the feed of a source, once announcements are sure to arrive.

        Raises:
            StoreUnavailable: Redis did not confirm the subscription in time.
        """
        self._start()
        feed = self._feeds.get(source)
        if feed is None:
            feed = self._feeds[source] = Feed(source, self._lost)
            self._listener.subscribe(source)
        feed.used_at = time.monotonic()
        if not feed.subscribed.wait(FOLLOW_WITHIN_S):
            raise StoreUnavailable(f"redis: no subscription to {source} in {FOLLOW_WITHIN_S} s")
        return feed

    def group(self, feeds: Sequence[Feed], patterns: Sequence[str]) -> Group:
        """Return the group of readers of these channels of these sources."""
        name = tuple(feed.source for feed in feeds), tuple(patterns)
        if name not in self._groups:
            self._groups[name] = Group(feeds, patterns, self._settings.stream_backlog)
        return self._groups[name]

    def state(self, feed: Feed, patterns: Sequence[str]) -> channel.Snapshot:
        """Return the state of some channels, at most a second old and continued by memory."""
        name, now = (feed.source, tuple(patterns)), time.monotonic()
        if name in self._states:
            read_at, state = self._states[name]
            same = feed.cursor is not None and feed.cursor.epoch == state.cursor.epoch
            if now - read_at < STATE_FOR_S and same and feed.after(state.cursor.seq) is not None:
                return state
        state = channel.snapshot(self._redis, feed.source, patterns)
        self._states[name] = now, state
        return state

    def take_over(self, sock: socket.socket, group: Group, first: bytes) -> None:
        """Make a socket a reader of a group; `first` brings it to the group's position."""
        now = time.monotonic()
        life = self._settings.stream_lifetime_s * random.uniform(1 - JITTER, 1)
        fd = prepare(sock, patience_s=2 * self._settings.heartbeat_s)
        client = Client(fd, group, beats=now + self._beat(), ends=now + life)
        self._clients[fd] = client
        if self._ready is not None:
            self._ready.watch(fd)
        self._note_due(client)
        if not group.add(client, first):
            self._drop(client)

    def drain(self, reason: str) -> None:
        """Take nobody more, and say goodbye to all over a window: no herd comes back."""
        self._closing = reason
        everybody = list(self._clients.values())
        random.shuffle(everybody)
        began, window_s = time.monotonic(), self._settings.drain_s
        for n, client in enumerate(everybody):
            gevent.sleep(max(0.0, began + window_s * n / len(everybody) - time.monotonic()))
            self._end(client, reason)

    def _start(self) -> None:
        if self._ready is None:
            self._ready = Ready(self._went_on, self._hung_up)
            for work in (self._listener.run, self._flush_for_ever, self._keep_house):
                gevent.spawn(work).link_exception(_give_up)

    def _flush_for_ever(self) -> None:
        """Send news at once after a quiet spell, else coalesced to one write a reader."""
        while True:
            self._news.wait()
            self._news.clear()
            for group in list(self._groups.values()):
                self._flush(group)
            self.flushed.set()
            self.flushed.clear()
            gevent.sleep(self._settings.flush_ms / 1000)

    def _flush(self, group: Group) -> None:
        try:
            broken = group.flush()
        except Overrun:
            self._end_all(group, "behind")
            return
        for client in broken:
            self._drop(client)

    def _keep_house(self) -> None:
        """Heartbeats, ended lives, stalled readers, and what nobody uses any more."""
        while True:
            gevent.sleep(HOUSEKEEPING_S)
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                _, _, client = heapq.heappop(self._due)
                if self._clients.get(client.fd) is client:
                    self._attend(client, now)
            self._evict_stalled(now)
            self._forget_unused(now)

    def _attend(self, client: Client, now: float) -> None:
        if now >= client.ends:
            self._end(client, "lifetime")
            return
        tops = {feed.source: feed.cursor for feed in client.group.feeds if feed.cursor}
        if not client.group.say(client, words.heartbeat(client.group.position.cursor, tops)):
            self._drop(client)
            return
        client.beats = now + self._beat()
        self._note_due(client)

    def _evict_stalled(self, now: float) -> None:
        for group in self._groups.values():
            for client in list(group.behind.values()):
                if now - client.moved > self._settings.stall_s:
                    self._evict(client)

    def _forget_unused(self, now: float) -> None:
        for name, group in list(self._groups.items()):
            if not group.clients:
                del self._groups[name]
        used = {feed.source for group in self._groups.values() for feed in group.feeds}
        for source, feed in list(self._feeds.items()):
            if source not in used and now - feed.used_at > 2 * FOLLOW_WITHIN_S:
                del self._feeds[source]
                self._listener.unsubscribe(source)
        for key, (read_at, _) in list(self._states.items()):
            if now - read_at > STATE_FOR_S:
                del self._states[key]

    def _went_on(self, fd: int) -> None:
        """A reader who was behind can take more."""
        client = self._clients.get(fd)
        if client is None or fd not in client.group.behind:
            return
        try:
            if not client.group.push(client):
                self._drop(client)
        except Overrun:
            self._evict(client)

    def _hung_up(self, fd: int) -> None:
        if (client := self._clients.get(fd)) is not None:
            self._drop(client)

    def _lost(self, feed: Feed) -> None:
        """The log of a source began anew: whoever reads it comes back and is told."""
        for group in list(self._groups.values()):
            if feed in group.feeds:
                self._end_all(group, "epoch")

    def _end_all(self, group: Group, reason: str) -> None:
        self._groups = {name: one for name, one in self._groups.items() if one is not group}
        for client in list(group.clients.values()):
            self._end(client, reason)

    def _end(self, client: Client, reason: str) -> None:
        """Close after a complete block, with a word and a time to come back."""
        if self._clients.get(client.fd) is client:
            client.group.say(client, words.bye(reason, client.group.position.cursor))
            self._forget(client)
            close_soft(client.fd)

    def _evict(self, client: Client) -> None:
        """Close a reader who does not read, and free what the kernel holds for it."""
        self._forget(client)
        close_hard(client.fd)

    def _drop(self, client: Client) -> None:
        """Close a connection that is broken."""
        self._forget(client)
        close_soft(client.fd)

    def _forget(self, client: Client) -> None:
        client.group.remove(client)
        self._clients.pop(client.fd, None)

    def _note_due(self, client: Client) -> None:
        heapq.heappush(self._due, (min(client.beats, client.ends), next(self._serial), client))

    def _beat(self) -> float:
        return self._settings.heartbeat_s * random.uniform(1 - JITTER, 1 + JITTER)


def _give_up(broken: gevent.Greenlet[[], None]) -> None:
    """Have this worker replaced: without its greenlets it would hold readers for nothing."""
    log.error("hub is broken, worker stops", error=repr(broken.exception))
    os.kill(os.getpid(), signal.SIGTERM)

"""The fan-out inside one worker: what is heard once goes to all of its readers.

Feeds are kept in order and without holes by the listener. Readers of the same channels
form a group, which is sent the same bytes. Three greenlets serve them all: one listens, one
writes what is new, one keeps house. A reader has none of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from typing import Literal

import gevent
import structlog
from gevent.event import Event as Signal

from pitlive.errors import DamagedSource, StoreUnavailable
from pitlive.hub.audience import Audience, Overrun
from pitlive.hub.catch_up import current
from pitlive.hub.client import Client
from pitlive.hub.coding import Coding
from pitlive.hub.connections import Crowd
from pitlive.hub.dialect import NATIVE, Dialect
from pitlive.hub.feed import Feed, Lost
from pitlive.hub.group import Group
from pitlive.hub.listener import Listener
from pitlive.hub.states import States
from pitlive.settings import Settings
from pitlive.store.client import Redis
from pitlive.web import metrics

log = structlog.get_logger()

FOLLOW_WITHIN_S = 4.0
"""How long a new reader waits for the subscription before it is asked to come back."""

HOUSEKEEPING_S = 0.25
"""How often due heartbeats, ended lives and stalled readers are looked for."""

OTHERS_SHARE = 0.25
"""Time left to requests after a flush, by the time it took: streams never starve them."""

Name = tuple[tuple[str, ...], tuple[str, ...], object]
"""What makes a group: its sources in order, its channel patterns, and its dialect."""


class Hub:
    """All feeds, groups and clients of a worker.

    Attributes:
        states: The states that new readers share.
        flushed: Set for a moment whenever the groups have been sent what is new.
    """

    def __init__(self, settings: Settings, client: Redis) -> None:
        self.states = States(client)
        self.flushed = Signal()
        self._settings = settings
        self._crowd = Crowd(settings)
        self._feeds: dict[str, Feed] = {}
        self._groups: dict[Name, Group] = {}
        self._news = Signal()
        self._listener = Listener(client, self._feeds, self._news.set)
        self._started = False
        self._closing: Literal["", "restart"] = ""

    @property
    def readers(self) -> int:
        """How many there are."""
        return len(self._crowd)

    @property
    def refusal(self) -> metrics.Refusal | Literal[""]:
        """Why no further reader is taken, empty if there is room."""
        return self._closing or ("full" if len(self._crowd) >= self._settings.max_streams else "")

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

    def followed(self, sources: Sequence[str]) -> list[Feed] | None:
        """Return the feeds of some sources if all are followed already; never waits."""
        feeds = [self._feeds.get(source) for source in sources]
        ready = [feed for feed in feeds if feed is not None and feed.subscribed.is_set()]
        return ready if len(ready) == len(sources) else None

    def group(
        self, feeds: Sequence[Feed], patterns: Sequence[str], dialect: Dialect = NATIVE
    ) -> Group:
        """Return the group of readers of these channels of these sources."""
        name = tuple(feed.source for feed in feeds), tuple(patterns), dialect.name
        if name not in self._groups:
            self._groups[name] = Group(feeds, patterns, self._settings.stream_backlog, dialect)
        return self._groups[name]

    def take_over(
        self,
        sock: socket.socket,
        group: Group,
        coding: Coding,
        first: bytes,
        path: metrics.Path = "fast",
    ) -> None:
        """Make a socket a reader of a group; `first` brings it to the group's position."""
        self._crowd.take_in(sock, group, coding, first, path)

    def drain(self, reason: Literal["restart"]) -> None:
        """Take nobody more, and say goodbye to all over a window: no herd comes back."""
        self._closing = reason
        self._crowd.drain(reason)

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for work in (self._listener.run, self._flush_for_ever, self._keep_house):
                gevent.spawn(work).link_exception(_give_up)

    def _flush_for_ever(self) -> None:
        """Send news at once after a quiet spell, else coalesced to one write a reader."""
        while True:
            self._news.wait()
            self._news.clear()
            began, announced_us = time.monotonic(), self._listener.take_waiting_us()
            for group in list(self._groups.values()):
                self._flush(group)
            self.flushed.set()
            self.flushed.clear()
            if announced_us and self._groups:
                metrics.LAG.observe(max(0.0, time.time() - announced_us / 1e6))
            took = time.monotonic() - began
            gevent.sleep(max(self._settings.flush_ms / 1000, took * OTHERS_SHARE))

    def _flush(self, group: Group) -> None:
        try:
            broken = group.flush()
        except Overrun:
            self._end_all(group, "behind")
            return
        for client in broken:
            self._crowd.drop(client)
        for audience in group.audiences.values():
            if audience.behind and (late := audience.take_late()):
                gevent.spawn(self._skip_to_state, group, audience, late)

    def _skip_to_state(self, group: Group, audience: Audience, late: list[Client]) -> None:
        """Give readers who are too far behind the state instead of the way there."""
        try:
            state = audience.coding.shared(current(self, group))
        except (StoreUnavailable, DamagedSource, Overrun):
            state = b""
        for client in late:
            if audience.behind.get(client.fd) is not client or not client.is_late:
                continue  # it went on by itself, or is told goodbye
            if state and audience.skip(client, state):
                metrics.CONFLATIONS.inc()
            else:
                self._crowd.evict(client, "overrun")

    def _keep_house(self) -> None:
        """Heartbeats, ended lives, stalled readers, and what nobody uses any more."""
        while True:
            gevent.sleep(HOUSEKEEPING_S)
            now = time.monotonic()
            self._crowd.attend(now)
            for group in self._groups.values():
                self._crowd.evict_stalled(group, now)
            self._forget_unused(now)
            self._count()

    def _count(self) -> None:
        """Say how many there are: four times a second, so that no reader pays for it."""
        audiences = [one for group in self._groups.values() for one in group.audiences.values()]
        for coding, gauge in metrics.STREAMS.items():
            gauge.set(
                sum(len(a.clients) for a in audiences if (a.coding.name or "plain") == coding)
            )
        metrics.GROUPS.set(len(self._groups))
        metrics.BEHIND.set(sum(len(audience.behind) for audience in audiences))
        metrics.BACKLOG.set(sum(audience.backlog for audience in audiences))
        metrics.DRAINING.set(len(self._crowd) if self._closing else 0)

    def _forget_unused(self, now: float) -> None:
        for name, group in list(self._groups.items()):
            if group.is_empty:
                del self._groups[name]
        used = {feed.source for group in self._groups.values() for feed in group.feeds}
        for source, feed in list(self._feeds.items()):
            if source not in used and now - feed.used_at > 2 * FOLLOW_WITHIN_S:
                del self._feeds[source]
                self._listener.unsubscribe(source)
        self.states.forget_old()

    def _lost(self, feed: Feed, reason: Lost) -> None:
        """The log of a source has another past or is gone: who reads it comes back and is told."""
        feed.derived.clear()
        for group in list(self._groups.values()):
            if feed in group.feeds:
                self._end_all(group, "deleted" if feed.is_deleted else reason)

    def _end_all(self, group: Group, reason: metrics.End) -> None:
        self._groups = {name: one for name, one in self._groups.items() if one is not group}
        for client in group.clients:
            self._crowd.end(client, reason)


def _give_up(broken: gevent.Greenlet[[], None]) -> None:
    """Have this worker replaced: without its greenlets it would hold readers for nothing."""
    log.error("hub is broken, worker stops", error=repr(broken.exception))
    os.kill(os.getpid(), signal.SIGTERM)

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
from pitlive.hub import metrics
from pitlive.hub.audience import Audience
from pitlive.hub.catch_up import CatchUp, current
from pitlive.hub.client import Client
from pitlive.hub.coding import Coding
from pitlive.hub.connections import Connections
from pitlive.hub.feed import Lost, SourceFeed
from pitlive.hub.feeds import Feeds
from pitlive.hub.group import Group
from pitlive.hub.ports import Limits, Log, Overrun, State
from pitlive.hub.stream_request import StreamRequest

logger = structlog.get_logger()

HOUSEKEEPING_S = 0.25
"""How often due heartbeats, ended lives and stalled readers are looked for."""

OTHERS_SHARE = 0.25
"""Time left to requests after a flush, by the time it took: streams never starve them."""


class Hub:
    """All feeds, groups and readers of a worker. Make one in each worker.

    Args:
        log: What is published, wherever it is kept.
        limits: How much it takes on.

    Attributes:
        feeds: What is followed, and by whom it is read.
        ending: Set when its worker is told to stop: requests that wait are to answer.
    """

    def __init__(self, log: Log, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._connections = Connections(self._limits)
        self._news = Signal()
        self.ending = Signal()
        self.feeds = Feeds(log, self._limits.backlog_bytes, self._news.set, self._lost)
        self._started = False
        self._closing: Literal["", "restart"] = ""

    @property
    def readers(self) -> int:
        """How many there are."""
        return len(self._connections)

    @property
    def refusal(self) -> metrics.RefusalReason | Literal[""]:
        """Why no further reader is accepted, empty if there is room."""
        return self._closing or ("full" if self.readers >= self._limits.max_streams else "")

    def follow(self, source: str) -> SourceFeed:
        """Return the feed of a source, once announcements are sure to arrive.

        Raises:
            StoreUnavailable: The log did not confirm the subscription in time.
        """
        self._start()
        return self.feeds.follow(source)

    def state(self, feed: SourceFeed, patterns: Sequence[str]) -> State:
        """Return the state of some channels, which those who ask at about the same time share.

        Raises:
            StoreUnavailable: The log could not be read.
        """
        return self.feeds.states.read(feed, patterns)

    def catch_up(self, request: StreamRequest, coding: Coding) -> CatchUp:
        """Return what prepares the bytes that bring a reader to where its group is."""
        self._start()
        return CatchUp(self.feeds, request, coding)

    def accept(
        self,
        sock: socket.socket,
        group: Group,
        coding: Coding,
        first: bytes,
        path: metrics.ServingPath = "fast",
    ) -> None:
        """Make a socket a reader of a group; `first` brings it to the group's position."""
        self._connections.accept(sock, group, coding, first, path)

    def drain(self, reason: Literal["restart"]) -> None:
        """Accept nobody more, and say goodbye to all over a window: no herd comes back."""
        self._closing = reason
        self._connections.drain(reason)

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for work in (self.feeds.listener.run, self._flush_for_ever, self._keep_house):
                gevent.spawn(work).link_exception(_give_up)

    def _flush_for_ever(self) -> None:
        """Send news at once after a quiet spell, else coalesced to one write a reader."""
        while True:
            self._news.wait()
            self._news.clear()
            began, announced_us = time.monotonic(), self.feeds.listener.drain_waiting_us()
            for group in self.feeds.groups:
                self._flush(group)
            self.feeds.flushed.set()
            self.feeds.flushed.clear()
            if announced_us and self.feeds.groups:
                metrics.LAG.observe(max(0.0, time.time() - announced_us / 1e6))
            took = time.monotonic() - began
            gevent.sleep(max(self._limits.flush_ms / 1000, took * OTHERS_SHARE))

    def _flush(self, group: Group) -> None:
        try:
            broken = group.flush()
        except Overrun:
            self._end_all(group, "behind")
            return
        except Exception:  # a dialect may raise anything: that costs its own readers alone
            logger.exception("group failed, its readers come back", **_named(group))
            self._end_all(group, "behind")
            return
        for client in broken:
            self._connections.drop(client)
        for audience in group.audiences.values():
            if audience.behind and (late := audience.newly_late()):
                gevent.spawn(self._skip_to_state, group, audience, late)

    def _skip_to_state(self, group: Group, audience: Audience, late: list[Client]) -> None:
        """Give readers who are too far behind the state instead of the way there."""
        try:
            state = audience.coding.shared(current(self.feeds, group))
        except (StoreUnavailable, DamagedSource, Overrun):
            state = b""
        for client in late:
            if audience.behind.get(client.fd) is not client or not client.is_late:
                continue  # it went on by itself, or is told goodbye
            if state and audience.skip(client, state):
                metrics.CONFLATIONS.inc()
            else:
                self._connections.evict(client, "overrun")

    def _keep_house(self) -> None:
        """Heartbeats, ended lives, stalled readers, and what nobody uses any more."""
        while True:
            gevent.sleep(HOUSEKEEPING_S)
            now = time.monotonic()
            self._connections.attend(now)
            for group in self.feeds.groups:
                self._connections.evict_stalled(group, now)
            self.feeds.forget_unused(now)
            self._count()

    def _count(self) -> None:
        """Say how many there are: four times a second, so that no reader pays for it."""
        audiences = [one for group in self.feeds.groups for one in group.audiences.values()]
        for coding, gauge in metrics.STREAMS.items():
            gauge.set(
                sum(len(a.clients) for a in audiences if (a.coding.name or "plain") == coding)
            )
        metrics.GROUPS.set(len(self.feeds.groups))
        metrics.BEHIND.set(sum(len(audience.behind) for audience in audiences))
        metrics.BACKLOG.set(sum(audience.backlog for audience in audiences))
        metrics.DRAINING.set(len(self._connections) if self._closing else 0)

    def _lost(self, feed: SourceFeed, reason: Lost) -> None:
        """The log of a source has another past or is gone: who reads it comes back and is told."""
        feed.derived.clear()
        for group in self.feeds.groups_of(feed):
            self._end_all(group, "deleted" if feed.is_deleted else reason)

    def _end_all(self, group: Group, reason: metrics.End) -> None:
        self.feeds.end(group)
        for client in group.clients:
            self._connections.end(client, reason)


def _named(group: Group) -> dict[str, object]:
    """Return what tells a group from others, for the log."""
    at, dialect = group.position, group.dialect.name or "native"
    return {"sources": at.sources, "channels": at.patterns, "dialect": dialect}


def _give_up(broken: gevent.Greenlet[[], None]) -> None:
    """Have this worker replaced: without its greenlets it would hold readers for nothing."""
    logger.error("hub is broken, worker stops", error=repr(broken.exception))
    os.kill(os.getpid(), signal.SIGTERM)

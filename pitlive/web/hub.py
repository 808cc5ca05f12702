"""The fan-out inside one worker: one pub/sub connection for all of its readers.

Pub/sub is at most once, the log is the truth. Every announcement says its numbers: one
that does not follow the last, a confirmed (re)subscription, or a newer top found by the
look once a second makes the hub read what it lacks from the log before it goes on. So a
reader's queue is always in order and without holes.

Everything happens in one greenlet, so order needs no locks.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import gevent
import structlog
from gevent.event import Event as Signal

from pitlive.errors import StoreUnavailable
from pitlive.messages import Cursor, Event
from pitlive.store import channel
from pitlive.store.client import UNAVAILABLE, PubSub, Redis
from pitlive.store.keys import source_of
from pitlive.web.reader import Reader

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
"""How long a lost announcement can go unnoticed when nothing follows it."""

JOIN_WITHIN_S = 4.0
"""How long a new reader waits for the subscription before it is asked to come back."""

PAGE = 1000
"""Events read from the log at once."""


class Feed:
    """One source within the hub: how far it has been handed out, and to whom."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.cursor: Cursor | None = None
        self.known = False
        self.subscribed = Signal()
        self.readers: set[Reader] = set()

    def hand_out(self, events: list[Event]) -> None:
        """Offer events to all readers, in order."""
        if events and self.cursor:
            self.cursor = Cursor(self.cursor.epoch, events[-1].seq)
        for reader in self.readers:
            for event in events:
                reader.offer(self.source, event)

    def begin_at(self, cursor: Cursor | None) -> None:
        """Go on from a cursor that does not follow: readers must come back and be told."""
        if self.known and self.cursor != cursor:
            for reader in self.readers:
                reader.close("epoch")
        self.cursor, self.known = cursor, True


class Hub:
    """All feeds of a worker."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._feeds: dict[str, Feed] = {}
        self._pubsub: PubSub | None = None
        self._listening = False
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self.closing = ""

    @property
    def streams(self) -> int:
        """How many readers there are, a reader of several sources counted once."""
        return len({reader for feed in self._feeds.values() for reader in feed.readers})

    def join(self, source: str, reader: Reader) -> Cursor | None:
        """Offer every event of a source from now on; return where that is.

        What is later read from the log begins before what is offered: no hole between.

        Raises:
            StoreUnavailable: Redis did not confirm the subscription in time.
        """
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)
        feed = self._feeds.get(source)
        if feed is None:
            feed = self._feeds[source] = Feed(source)
            self._subscribe([source])
        feed.readers.add(reader)
        if not feed.subscribed.wait(JOIN_WITHIN_S):
            raise StoreUnavailable(f"redis: no subscription to {source} within {JOIN_WITHIN_S} s")
        return feed.cursor

    def leave(self, reader: Reader) -> None:
        """Forget a reader, and every source that nobody reads any more."""
        for source in reader.sources:
            feed = self._feeds.get(source)
            if feed is None:
                continue
            feed.readers.discard(reader)
            if not feed.readers:
                del self._feeds[source]
                self._unsubscribe(source)

    def close(self, reason: str) -> None:
        """Ask every stream to say goodbye, and let none begin: this worker is to stop."""
        self.closing = reason
        for feed in self._feeds.values():
            for reader in feed.readers:
                reader.close(reason)

    def top(self, source: str) -> Cursor | None:
        """Return how far a source has been handed out to every reader."""
        feed = self._feeds.get(source)
        return feed.cursor if feed else None

    def _run(self) -> None:
        """Listen for ever; while Redis is away, readers stay and hear heartbeats."""
        while True:
            try:
                self._listen()
            except UNAVAILABLE as error:
                log.warning("redis is away", error=str(error))
                self._forget_subscriptions()
                gevent.sleep(0.2)

    def _listen(self) -> None:
        self._pubsub = channel.listen(self._client)
        try:
            self._wait_for_somebody()
            self._pubsub.subscribe(*map(channel.live, self._feeds))
            self._listening = True
            looked = time.monotonic()
            while True:
                message = self._pubsub.get_message(timeout=LOOK_EVERY_S)
                if message:
                    self._hear(message)
                if time.monotonic() - looked >= LOOK_EVERY_S:
                    self._look()
                    looked = time.monotonic()
        finally:
            self._listening = False
            self._pubsub.close()
            self._pubsub = None

    def _wait_for_somebody(self) -> None:
        while not self._feeds:
            gevent.sleep(LOOK_EVERY_S / 10)

    def _hear(self, message: Mapping[str, Any]) -> None:
        feed = self._feeds.get(source_of(message["channel"].decode()))
        if feed is None:
            return
        if message["type"] == "subscribe":
            self._catch_up(feed, channel.top(self._client, [feed.source])[0])
            feed.subscribed.set()
        elif message["type"] == "message" and feed.subscribed.is_set():
            self._pass_on(feed, channel.heard(message))

    def _pass_on(self, feed: Feed, said: channel.Announcement) -> None:
        """Hand out what was announced, after what was announced before it and not heard."""
        last = Cursor(said.epoch, said.first + said.size - 1)
        if feed.cursor is None or feed.cursor.epoch != said.epoch:
            feed.begin_at(last)
        elif said.first == feed.cursor.seq + 1 and said.events:
            feed.hand_out(said.events)
        elif last.seq > feed.cursor.seq:
            self._catch_up(feed, last)

    def _look(self) -> None:
        """Find what was announced and never heard, and who is not subscribed yet."""
        self._subscribe([f.source for f in self._feeds.values() if not f.subscribed.is_set()])
        feeds = [feed for feed in self._feeds.values() if feed.subscribed.is_set()]
        tops = channel.top(self._client, [feed.source for feed in feeds])
        for feed, top in zip(feeds, tops, strict=True):
            self._catch_up(feed, top)

    def _catch_up(self, feed: Feed, top: Cursor | None) -> None:
        """Read what the feed lacks up to `top` from the log; if it is gone, begin there."""
        at = feed.cursor
        if at is None or top is None or at.epoch != top.epoch or top.seq < at.seq:
            feed.begin_at(top)
            return
        while at.seq < top.seq:
            events = channel.events(self._client, feed.source, at.seq, PAGE)
            if not events or events[0].seq != at.seq + 1:
                feed.begin_at(top)
                return
            feed.hand_out(events)
            at = Cursor(at.epoch, events[-1].seq)

    def _subscribe(self, sources: list[str]) -> None:
        """Ask for announcements; what gets lost on the way is asked for again at the next look."""
        if sources and self._listening and self._pubsub is not None:
            with suppress(*UNAVAILABLE):
                self._pubsub.subscribe(*map(channel.live, sources))

    def _unsubscribe(self, source: str) -> None:
        if self._listening and self._pubsub is not None:
            with suppress(*UNAVAILABLE):
                self._pubsub.unsubscribe(channel.live(source))  # type: ignore[no-untyped-call]

    def _forget_subscriptions(self) -> None:
        """New readers wait until the next subscription is confirmed; others just stay."""
        for feed in self._feeds.values():
            feed.subscribed.clear()

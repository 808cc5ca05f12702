"""The hub's ear: one pub/sub connection, and the log for whatever was not heard.

Pub/sub is at most once, the log is the truth. Every announcement says its numbers: one
that does not follow the last, a confirmed (re)subscription, or a newer top found by the
look once a second makes the listener read what is lacking from the log before it goes on.

Everything happens in one greenlet, so order needs no locks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import gevent
import structlog

from pitlive.messages import Cursor
from pitlive.store import channel
from pitlive.store.client import UNAVAILABLE, PubSub, Redis
from pitlive.store.keys import source_of
from pitlive.web.feed import Feed

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
"""How long a lost announcement can go unnoticed when nothing follows it."""

PAGE = 1000
"""Events read from the log at once."""


class Listener:
    """Keeps feeds up to date; `news` is called whenever one has gone on."""

    def __init__(self, client: Redis, feeds: Mapping[str, Feed], news: Callable[[], None]) -> None:
        self._client = client
        self._feeds = feeds
        self._news = news
        self._pubsub: PubSub | None = None
        self._listening = False

    def run(self) -> None:
        """Listen for ever; while Redis is away, readers stay and hear heartbeats."""
        while True:
            try:
                self._listen()
            except UNAVAILABLE as error:
                log.warning("redis is away", error=str(error))
                for feed in self._feeds.values():
                    feed.subscribed.clear()  # new readers wait until it is confirmed again
                gevent.sleep(0.2)

    def subscribe(self, *sources: str) -> None:
        """Ask for announcements; what gets lost on the way is asked for again at the next look."""
        if sources and self._listening and self._pubsub is not None:
            with suppress(*UNAVAILABLE):
                self._pubsub.subscribe(*map(channel.live, sources))

    def unsubscribe(self, source: str) -> None:
        """Hear no more of a source."""
        if self._listening and self._pubsub is not None:
            with suppress(*UNAVAILABLE):
                self._pubsub.unsubscribe(channel.live(source))  # type: ignore[no-untyped-call]

    def _listen(self) -> None:
        self._pubsub = channel.listen(self._client)
        try:
            while not self._feeds:
                gevent.sleep(LOOK_EVERY_S / 10)
            self._pubsub.subscribe(*map(channel.live, self._feeds))
            self._listening = True
            self._hear_and_look()
        finally:
            self._listening = False
            self._pubsub.close()
            self._pubsub = None

    def _hear_and_look(self) -> None:
        looked = time.monotonic()
        while True:
            assert self._pubsub is not None  # noqa: S101  # set by the caller, for mypy
            if message := self._pubsub.get_message(timeout=LOOK_EVERY_S):
                self._hear(message)
            if time.monotonic() - looked >= LOOK_EVERY_S:
                self._look()
                looked = time.monotonic()

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
        """Take what was announced, after what was announced before it and not heard."""
        last = Cursor(said.epoch, said.first + said.size - 1)
        if feed.cursor is None or feed.cursor.epoch != said.epoch:
            feed.begin_at(last)
        elif said.first == feed.cursor.seq + 1 and said.events:
            feed.take(said.events)
            self._news()
        elif last.seq > feed.cursor.seq:
            self._catch_up(feed, last)

    def _look(self) -> None:
        """Find what was announced and never heard, and who is not subscribed yet."""
        self.subscribe(*(f.source for f in self._feeds.values() if not f.subscribed.is_set()))
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
            feed.take(events)
            self._news()
            at = Cursor(at.epoch, events[-1].seq)

"""What is new: one connection for announcements, and the log for whatever was not heard.

An announcement comes at most once, the log is the truth. Every announcement says its numbers: one
that does not follow the last, a confirmed (re)subscription, or a newer top found by the
look once a second makes the listener read what is lacking from the log before it goes on.
What the look finds may merely be on its way: so it asks for an answer on the connection
itself, before which everything announced has been heard, and what lacks then was lost.

Everything happens in one greenlet, so order needs no locks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import gevent
import structlog

from pitlive.errors import DamagedSource, StoreUnavailable
from pitlive.hub import metrics
from pitlive.hub.feed import SourceFeed
from pitlive.hub.ports import Announcement, Announcements, Answered, Heard, Log, Subscribed
from pitlive.messages import Cursor, Event

logger = structlog.get_logger()

LOOK_EVERY_S = 1.0
"""How long a lost announcement can go unnoticed when nothing follows it."""

ASK_AGAIN_S = 5.0
"""When a subscription that was not confirmed is asked for again: a busy worker hears late,
and whoever is confirmed twice reads the log for nothing."""

PAGE = 1000
"""Events read from the log at once."""


class Listener:
    """Keeps feeds up to date; `news` is called whenever one has gone on."""

    def __init__(self, log: Log, feeds: Mapping[str, SourceFeed], news: Callable[[], None]) -> None:
        self._log = log
        self._feeds = feeds
        self._news = news
        self._announcements: Announcements | None = None
        self._listening = False
        self._ahead: list[tuple[SourceFeed, Cursor]] = []
        self._away_at: float | None = None
        self._waiting_us = 0
        self._heard = 0
        self._asked: dict[str, float] = {}

    def run(self) -> None:
        """Listen for ever; while the log is away, readers stay and hear heartbeats."""
        while True:
            try:
                self._listen()
            except StoreUnavailable as error:
                logger.warning("not now", why=str(error))
                self._count_away(back=False)
                for feed in self._feeds.values():
                    feed.subscribed.clear()  # new readers wait until it is confirmed again
                gevent.sleep(0.2)

    def drain_waiting_us(self) -> int:
        """Return when the oldest news since the last call was announced; 0 if none was."""
        waiting_us, self._waiting_us = self._waiting_us, 0
        return waiting_us

    def subscribe(self, *sources: str) -> None:
        """Ask for announcements; what gets lost on the way is asked for again at the next look."""
        if sources and self._listening and self._announcements is not None:
            with suppress(StoreUnavailable):
                self._ask(sources)

    def unsubscribe(self, source: str) -> None:
        """Hear no more of a source."""
        self._asked.pop(source, None)
        if self._listening and self._announcements is not None:
            with suppress(StoreUnavailable):
                self._announcements.unsubscribe(source)

    def _ask(self, sources: Sequence[str]) -> None:
        assert self._announcements is not None  # noqa: S101  # only while listening
        self._announcements.subscribe(sources)
        self._asked.update(dict.fromkeys(sources, time.monotonic()))

    def _listen(self) -> None:
        self._announcements = self._log.listen()
        try:
            while not self._feeds:
                self._away_at = None  # nobody waits for it
                gevent.sleep(LOOK_EVERY_S / 10)
            self._asked.clear()
            self._ask(list(self._feeds))
            self._listening = True
            self._hear_and_look()
        finally:
            self._listening = False
            self._announcements.close()
            self._announcements = None

    @contextmanager
    def _apart(self, feed: SourceFeed) -> Iterator[None]:
        """Have others go on where a source is damaged; it is asked for anew, like one unheard."""
        try:
            yield
        except DamagedSource as error:
            logger.error("feed waits", source=feed.source, why=str(error))
            feed.subscribed.clear()

    def _hear_and_look(self) -> None:
        looked = time.monotonic()
        while True:
            assert self._announcements is not None  # noqa: S101  # set by the caller, for mypy
            if heard := self._announcements.hear(LOOK_EVERY_S):
                self._hear(heard)
            if time.monotonic() - looked >= LOOK_EVERY_S:
                self._look()
                looked = time.monotonic()

    def _hear(self, heard: Heard) -> None:
        if isinstance(heard, Answered):
            self._compare()
            return
        feed = self._feeds.get(heard.source)
        if feed is None:
            return
        with self._apart(feed):
            if isinstance(heard, Subscribed):
                self._begin_to_hear(feed)
            elif feed.subscribed.is_set():
                self._pass_on(feed, heard)

    def _begin_to_hear(self, feed: SourceFeed) -> None:
        """From now on everything is heard: read what came before."""
        if feed.known:
            metrics.RESUBSCRIBED.inc()
        self._count_away(back=True)
        self._catch_up(feed, self._log.top(feed.source), "resubscribe")
        feed.channels.update(self._log.channels(feed.source))
        self._remember(feed)
        feed.subscribed.set()

    def _remember(self, feed: SourceFeed) -> None:
        """Know what came last, for readers whom another worker, or our last life, has served."""
        if feed.cursor is not None:
            oldest = max(0, feed.cursor.seq - PAGE)
            feed.remember(self._log.events(feed.source, oldest, PAGE))

    def _pass_on(self, feed: SourceFeed, new: Announcement) -> None:
        """Pass on what was announced, after what was announced before it and not heard."""
        if new.last == new.after:
            self._catch_up(feed, self._log.top(feed.source), "look")
        elif feed.cursor is None or feed.cursor.epoch != new.last.epoch:
            self._begin(feed, new.last)
        elif new.last.seq > feed.cursor.seq:
            self._waiting_us = self._waiting_us or new.at_us
            if new.after == feed.cursor and new.events:
                self._extend(feed, new.events)
            else:
                self._catch_up(feed, new.last, "gap" if new.events else "long")

    def _look(self) -> None:
        """Find what was announced and never heard, and who is not subscribed yet."""
        metrics.EVENTS.inc(self._heard)  # here, for it costs more than to hear an event
        self._heard = 0
        self.subscribe(*self._unconfirmed())
        late, self._ahead = bool(self._ahead), []  # an answer that takes a second is not waited for
        feeds = {f.source: f for f in list(self._feeds.values()) if f.subscribed.is_set()}
        for source, top in self._log.tops(list(feeds)).items():
            feed = feeds[source]
            with self._apart(feed):
                if isinstance(top, DamagedSource):
                    raise top
                if late or not (top and feed.cursor and _is_ahead(top, feed.cursor)):
                    self._catch_up(feed, top, "look")
                else:
                    self._ahead.append((feed, top))
        if self._ahead and self._announcements is not None:
            self._announcements.probe()

    def _unconfirmed(self) -> list[str]:
        """Return the sources whose subscription must have been lost on the way."""
        before = time.monotonic() - ASK_AGAIN_S
        feeds = [feed for feed in self._feeds.values() if not feed.subscribed.is_set()]
        return [f.source for f in feeds if self._asked.get(f.source, 0.0) < before]

    def _compare(self) -> None:
        """What was announced before the look is heard by now, or lost."""
        ahead, self._ahead = self._ahead, []
        for feed, top in ahead:
            if feed.cursor and _is_ahead(top, feed.cursor):
                with self._apart(feed):
                    self._catch_up(feed, self._log.top(feed.source), "look")

    def _extend(self, feed: SourceFeed, events: list[Event]) -> None:
        feed.extend(events)
        self._heard += len(events)
        self._news()

    def _count_away(self, *, back: bool) -> None:
        now = time.monotonic()
        if self._away_at is not None:
            metrics.AWAY.inc(now - self._away_at)
        self._away_at = None if back else now

    def _catch_up(self, feed: SourceFeed, top: Cursor | None, cause: metrics.Cause) -> None:
        """Read what the feed lacks up to `top` from the log; if its past is gone, begin there."""
        at = feed.cursor
        if at is None or top is None or not _is_ahead(top, at):
            self._begin(feed, top)
            return
        metrics.REPAIRS[cause].inc()
        while at.seq < top.seq:
            found = self._log.resume(feed.source, at, PAGE)
            if found.reason != "ok" or not found.events:
                self._begin(feed, found.top if found.top.epoch else None)
                return
            self._extend(feed, found.events)
            metrics.REPAIRED[cause].inc(len(found.events))
            at = at.at(found.events[-1])

    def _begin(self, feed: SourceFeed, at: Cursor | None) -> None:
        if feed.cursor != at or not feed.known:
            feed.channels = set(self._log.channels(feed.source))
            feed.is_deleted = at is None and self._log.is_deleted(feed.source)
        feed.begin_at(at)


def _is_ahead(top: Cursor, at: Cursor) -> bool:
    """Tell whether a log has gone on further than was heard."""
    return top.epoch == at.epoch and top.seq > at.seq

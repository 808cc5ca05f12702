"""Which sources a worker follows, and the groups that read them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from gevent.event import Event as Signal

from pitlive.errors import StoreUnavailable
from pitlive.hub.dialect import NATIVE, Dialect
from pitlive.hub.feed import Lost, SourceFeed
from pitlive.hub.group import Group
from pitlive.hub.listener import Listener
from pitlive.hub.ports import Log
from pitlive.hub.states import States

FOLLOW_WITHIN_S = 4.0
"""How long a new reader waits for the subscription before it is asked to come back."""

GroupKey = tuple[tuple[str, ...], tuple[str, ...], object]
"""What makes a group: its sources in order, its channel patterns, and its dialect."""


class Feeds:
    """All feeds and groups of a worker.

    Args:
        backlog: Bytes that may wait for one reader.
        news: Called whenever a feed has gone on.
        lost: Called with a feed whose log is not the one that its readers know.

    Attributes:
        log: What all of it is read from.
        listener: Keeps the feeds up to date.
        states: The states that new readers share.
        flushed: Set for a moment whenever the groups have been sent what is new.
    """

    def __init__(
        self,
        log: Log,
        backlog: int,
        news: Callable[[], None],
        lost: Callable[[SourceFeed, Lost], None],
    ) -> None:
        self._feeds: dict[str, SourceFeed] = {}
        self._groups: dict[GroupKey, Group] = {}
        self._backlog, self._lost = backlog, lost
        self.log = log
        self.listener = Listener(log, self._feeds, news)
        self.states = States(log)
        self.flushed = Signal()

    @property
    def groups(self) -> list[Group]:
        """All groups there are now."""
        return list(self._groups.values())

    def add(self, source: str) -> SourceFeed:
        """Return the feed of a source, which may not have been confirmed yet."""
        feed = self._feeds.get(source)
        if feed is None:
            feed = self._feeds[source] = SourceFeed(source, self._lost)
            self.listener.subscribe(source)
        feed.used_at = time.monotonic()
        return feed

    def follow(self, source: str) -> SourceFeed:
        """Return the feed of a source, once announcements are sure to arrive.

        Raises:
            StoreUnavailable: The log did not confirm the subscription in time.
        """
        feed = self.add(source)
        if not feed.subscribed.wait(FOLLOW_WITHIN_S):
            raise StoreUnavailable(f"log: no subscription to {source} in {FOLLOW_WITHIN_S} s")
        return feed

    def followed(self, sources: Sequence[str]) -> list[SourceFeed] | None:
        """Return the feeds of some sources if all are followed already; never waits."""
        feeds = [self._feeds.get(source) for source in sources]
        ready = [feed for feed in feeds if feed is not None and feed.subscribed.is_set()]
        return ready if len(ready) == len(sources) else None

    def group(
        self, feeds: Sequence[SourceFeed], patterns: Sequence[str], dialect: Dialect = NATIVE
    ) -> Group:
        """Return the group of readers of these channels of these sources."""
        name = tuple(feed.source for feed in feeds), tuple(patterns), dialect.name
        if name not in self._groups:
            self._groups[name] = Group(feeds, patterns, self._backlog, dialect)
        return self._groups[name]

    def groups_of(self, feed: SourceFeed) -> Iterator[Group]:
        """Yield the groups that read a feed."""
        return (group for group in self.groups if feed in group.feeds)

    def end(self, group: Group) -> None:
        """Forget a group: whoever comes from now on is in another one."""
        self._groups = {name: one for name, one in self._groups.items() if one is not group}

    def forget_unused(self, now: float) -> None:
        """Drop groups without readers, feeds without groups, and old states."""
        for name, group in list(self._groups.items()):
            if group.is_empty:
                del self._groups[name]
        used = {feed.source for group in self._groups.values() for feed in group.feeds}
        for source, feed in list(self._feeds.items()):
            if source not in used and now - feed.used_at > 2 * FOLLOW_WITHIN_S:
                del self._feeds[source]
                self.listener.unsubscribe(source)
        self.states.forget_old()
